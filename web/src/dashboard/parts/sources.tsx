import { useEffect, useState } from "react";

import { age } from "../formats";
import type { SourceFragment } from "../gql/graphql";

/** The time, told anew every few seconds. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function wordsOf(source: SourceFragment, now: number): string {
  const words = [];
  if (source.fetchedAt) words.push(age(source.fetchedAt, now));
  if (source.status === "STALE") words.push("older than it should be");
  if (source.isComputed) words.push("worked out by the gateway");
  if (!source.isComplete && source.status !== "FAILED") words.push("incomplete");
  return words.join(", ");
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
          {source.error?.retryAfterSeconds ? ` Try again in ${source.error.retryAfterSeconds} s.` : ""}
        </p>
      ))}
      <ul>
        {asked.map((source) => (
          <li key={source.program.key} className={source.status === "STALE" || !source.isComplete ? "warn" : ""}>
            {source.program.name}: {wordsOf(source, now)}
          </li>
        ))}
        {unable.length > 0 && (
          <li>Not told by {unable.map((source) => source.program.name).join(", ")}</li>
        )}
      </ul>
    </footer>
  );
}
