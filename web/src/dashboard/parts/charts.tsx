import type { ReferralsOverTimeQuery } from "../gql/graphql";
import { count, date } from "../formats";
import { Table } from "./table";

/** A bar of parts in proportion, with its figures as a list beside it. */
export function Funnel({ steps }: { steps: { label: string; value: number | null | undefined; tone: string }[] }) {
  const most = Math.max(1, ...steps.map((step) => step.value ?? 0));
  return (
    <dl className="funnel">
      {steps.map(({ label, value, tone }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <span className={`bar ${tone}`} style={{ inlineSize: `${((value ?? 0) / most) * 100}%` }} />
            {count(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Point = ReferralsOverTimeQuery["timeline"]["points"][number];

const WIDTH = 720;
const HEIGHT = 200;

/** Two lines over time; the same figures stand in a table for whoever does not see them. */
export function Lines({ points }: { points: readonly Point[] }) {
  if (points.length === 0) return <p className="empty">No dated referrals in this time.</p>;
  const most = Math.max(1, ...points.map((point) => Math.max(point.referred, point.completed)));
  const x = (index: number) => (points.length === 1 ? WIDTH / 2 : (index / (points.length - 1)) * WIDTH);
  const y = (value: number) => HEIGHT - (value / most) * (HEIGHT - 10);
  const path = (of: (point: Point) => number) =>
    points.map((point, index) => `${index ? "L" : "M"}${x(index).toFixed(1)} ${y(of(point)).toFixed(1)}`).join("");
  const first = points[0] as Point;
  const last = points[points.length - 1] as Point;
  return (
    <figure className="lines">
      <svg viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`} preserveAspectRatio="none" aria-hidden="true">
        <path className="line referred" d={path((point) => point.referred)} />
        <path className="line completed" d={path((point) => point.completed)} />
      </svg>
      <figcaption>
        <span>{date(first.date)}</span>
        <span className="legend">
          <i className="referred" /> referred <i className="completed" /> completed, at most {count(most)}
        </span>
        <span>{date(last.date)}</span>
      </figcaption>
      <details>
        <summary>As a table</summary>
        <Table label="Referrals over time" columns={["From", "Referred", "Completed"]}>
          {points.map((point) => (
            <tr key={point.date}>
              <th scope="row">{date(point.date)}</th>
              <td>{count(point.referred)}</td>
              <td>{count(point.completed)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </figure>
  );
}
