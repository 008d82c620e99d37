import { age } from "../formats";
import type { SourceFragment } from "../gql/graphql";
import { useNow } from "./now";

function wordsOf(source: SourceFragment, now: number): string {
  const words = [];
  if (source.fetchedAt) words.push(age(source.fetchedAt, now));
  if (source.status === "STALE") words.push("older than it should be");
  if (source.isComputed) words.push("worked out by the gateway");
  if (!source.isComplete) words.push("incomplete");
  return words.join(", ");
}

/** Whether a program that should have contributed did not. */
export function isLacking(sources: readonly SourceFragment[]): boolean {
  return sources.some(({ status }) => status === "FAILED");
}

/** Whether every program told all that it has, so that nothing means none. */
export function haveToldAll(sources: readonly SourceFragment[]): boolean {
  return sources.every(({ status, isComplete }) => (status === "FRESH" || status === "STALE") && isComplete);
}

/** How each program contributed to what is shown above; failures stand out. */
export function Sources({ sources }: { sources: readonly SourceFragment[] }) {
  const now = useNow();
  const failed = sources.filter((source) => source.status === "FAILED");
  const asked = sources.filter(({ status }) => status === "FRESH" || status === "STALE");
  const unable = sources.filter(({ status }) => status === "UNSUPPORTED");
  return (
    <footer className="sources">
      {failed.map((source) => (
        <p key={source.program.key} className="notice bad" role="status">
          <strong>{source.program.name}</strong> is missing: {source.error?.message ?? "no answer"}
          {source.error?.isRetryable && " It is asked again by itself."}
        </p>
      ))}
      <ul>
        {asked.map((source) => (
          <li key={source.program.key} className={source.status === "STALE" || !source.isComplete ? "warn" : "good"}>
            <strong>{source.program.name}</strong> {wordsOf(source, now)}
            {source.error && `: ${source.error.message}`}
          </li>
        ))}
        {unable.length > 0 && <li>not told by {unable.map((source) => source.program.name).join(", ")}</li>}
      </ul>
    </footer>
  );
}
