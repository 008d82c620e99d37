import { count } from "../formats";
import { Skeleton } from "./panel";

export interface Step {
  label: string;
  /** Of all programs; undefined as long as it is not known, null where nobody tells it. */
  value: number | null | undefined;
  /** What share of the first step this is, in words. */
  part?: string;
  /** Of each program for itself. */
  pieces: { name: string; colour: string; value: number }[];
}

/** Bars in proportion, each made of what the programs contribute, with the figures beside them. */
export function Funnel({ steps }: { steps: readonly Step[] }) {
  const sumOf = (step: Step) => step.pieces.reduce((sum, piece) => sum + piece.value, 0);
  const most = Math.max(1, ...steps.map(sumOf));
  return (
    <dl className="funnel">
      {steps.map((step) => (
        <div key={step.label}>
          <dt>{step.label}</dt>
          <dd>
            <span className="bar" aria-hidden="true">
              {step.pieces.map(({ name, colour, value }) => (
                <i
                  key={name}
                  title={`${name}: ${count(value)}`}
                  style={{ background: colour, inlineSize: `${(value / most) * 100}%` }}
                />
              ))}
            </span>
            {step.value === undefined ? (
              <Skeleton />
            ) : (
              <span className="value">
                <strong>{count(step.value)}</strong> {step.part && <small>{step.part}</small>}
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
