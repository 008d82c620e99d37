import { createContext, type ReactNode, useContext, useId } from "react";

import { type Asked, isArriving } from "./answer";

const Arriving = createContext(false);

/** Stands where something will be. */
export function Skeleton({ lines = 1 }: { lines?: number }) {
  return (
    <div className="skeleton">
      <span className="unseen">Loading…</span>
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} />
      ))}
    </div>
  );
}

/** A part of an answer that may come later than the rest. */
export function Deferred<T>({
  part,
  lines,
  children,
}: {
  part: T | undefined;
  lines?: number;
  children: (part: T) => ReactNode;
}) {
  const isToCome = useContext(Arriving);
  if (part !== undefined) return children(part);
  return isToCome ? <Skeleton lines={lines} /> : <p className="empty">This part of the answer did not come.</p>;
}

/** What may still be waiting for deferred parts of an answer. */
export function Arrival({ asked, children }: { asked: Asked<unknown>; children: ReactNode }) {
  return <Arriving value={isArriving(asked)}>{children}</Arriving>;
}

/** A titled part of the page, which loads, fails and is told of by itself. */
export function Panel<T>({
  title,
  asked,
  size = "half",
  lines = 6,
  actions,
  children,
}: {
  title: string;
  asked: Asked<T>;
  size?: "third" | "half" | "narrow" | "broad" | "wide";
  /** How high it will be, in lines of text. */
  lines?: number;
  actions?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const id = useId();
  return (
    <section className={`panel ${size}`} aria-labelledby={id} aria-busy={isArriving(asked)}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {asked.error && (
        <p className="notice bad" role="alert">
          {asked.error.message}
        </p>
      )}
      {asked.data?.notes.map(({ message, program }) => (
        <p key={`${program} ${message}`} className="notice warn" role="status">
          {program && <strong>{program}: </strong>}
          {message}
        </p>
      ))}
      <Arrival asked={asked}>
        {asked.data ? (
          <div className={asked.isPlaceholderData ? "outdated" : undefined}>{children(asked.data.data)}</div>
        ) : (
          !asked.error && <Skeleton lines={lines} />
        )}
      </Arrival>
    </section>
  );
}
