import { type PointerEvent, useState } from "react";

import { beginnings, count } from "../formats";
import type { ReferralsOverTimeQuery, TimelineInterval } from "../gql/graphql";
import { Table } from "./table";

type Point = ReferralsOverTimeQuery["timeline"]["points"][number];

const WIDTH = 1000;
const HEIGHT = 240;
const ROWS = 4;
const MOST_LABELS = 6;

/** The smallest round number of which so many reach a value. */
function stepTo(most: number): number {
  const least = Math.max(1, most / ROWS);
  const magnitude = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((step) => step >= least && step % 1 === 0) ?? least;
}

/** Two lines over time; the same figures stand in a table for whoever does not see them. */
export function Lines({ points, interval }: { points: readonly Point[]; interval: TimelineInterval }) {
  const [pointed, setPointed] = useState<number | null>(null);
  if (points.length === 0) return <p className="empty">No dated referrals in this time.</p>;

  const { long, short } = beginnings[interval];
  const most = Math.max(...points.map((point) => Math.max(point.referred, point.completed)));
  const step = stepTo(most);
  const rows = Math.max(1, Math.ceil(most / step));
  const left = (index: number) => (points.length === 1 ? 0.5 : index / (points.length - 1));
  const top = (value: number) => 1 - value / (rows * step);
  const path = (of: (point: Point) => number) =>
    points
      .map((point, index) => `${index ? "L" : "M"}${(left(index) * WIDTH).toFixed(1)} ${(top(of(point)) * HEIGHT).toFixed(1)}`)
      .join("");
  const referred = path((point) => point.referred);
  const every = Math.ceil(points.length / MOST_LABELS);
  const at = pointed === null ? undefined : points[pointed];

  function point(event: PointerEvent<HTMLElement>) {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const nearest = Math.round(((event.clientX - left) / width) * (points.length - 1));
    setPointed(Math.min(points.length - 1, Math.max(0, nearest)));
  }

  return (
    <figure className="lines">
      <p className="legend">
        <span>
          <i className="referred" /> Referred
        </span>
        <span>
          <i className="completed" /> Completed
        </span>
      </p>
      <div className="chart" aria-hidden="true">
        <div className="scale">
          {Array.from({ length: rows + 1 }, (_, row) => (
            <span key={row} style={{ insetBlockStart: `${top(row * step) * 100}%` }}>
              {count(row * step)}
            </span>
          ))}
        </div>
        <div className="plot" onPointerMove={point} onPointerLeave={() => setPointed(null)}>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
            {Array.from({ length: rows + 1 }, (_, row) => (
              <path key={row} className="grid" d={`M0 ${top(row * step) * HEIGHT}H${WIDTH}`} />
            ))}
            <path className="area" d={`${referred}V${HEIGHT}H${left(0) * WIDTH}Z`} />
            <path className="line referred" d={referred} />
            <path className="line completed" d={path((point) => point.completed)} />
          </svg>
          {at && pointed !== null && (
            <>
              <i className="guide" style={{ insetInlineStart: `${left(pointed) * 100}%` }} />
              <i
                className="dot referred"
                style={{ insetInlineStart: `${left(pointed) * 100}%`, insetBlockStart: `${top(at.referred) * 100}%` }}
              />
              <i
                className="dot completed"
                style={{ insetInlineStart: `${left(pointed) * 100}%`, insetBlockStart: `${top(at.completed) * 100}%` }}
              />
              <p className={left(pointed) > 0.5 ? "tip before" : "tip"} style={{ insetInlineStart: `${left(pointed) * 100}%` }}>
                <strong>{long.format(new Date(at.date))}</strong>
                <span>{count(at.referred)} referred</span>
                <span>{count(at.completed)} completed</span>
              </p>
            </>
          )}
        </div>
        <div className="times">
          {points.map(
            ({ date }, index) =>
              (points.length - 1 - index) % every === 0 && (
                <span key={date} style={{ insetInlineStart: `${left(index) * 100}%` }}>
                  {short.format(new Date(date))}
                </span>
              ),
          )}
        </div>
      </div>
      <details>
        <summary>As a table</summary>
        <Table
          label="Referrals over time"
          columns={["From", { name: "Referred", isFigure: true }, { name: "Completed", isFigure: true }]}
        >
          {points.map((point) => (
            <tr key={point.date}>
              <th scope="row">{long.format(new Date(point.date))}</th>
              <td className="figure">{count(point.referred)}</td>
              <td className="figure">{count(point.completed)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </figure>
  );
}
