import { count } from "../formats";
import type { ProgramsQuery } from "../gql/graphql";
import { ProgramShare } from "./figures";

export type Program = ProgramsQuery["programs"][number];

const TONES = { HEALTHY: "good", DEGRADED: "warn", DOWN: "bad", UNKNOWN: "" } as const;

/** The programs with their health; choosing some narrows the whole page to them. */
export function Programs({
  programs,
  chosen,
  choose,
}: {
  programs: readonly Program[];
  chosen: readonly string[];
  choose: (keys: string[]) => void;
}) {
  return (
    <ul className="programs">
      {programs.map(({ id, key, name, provider, health }) => (
        <li key={id}>
          <label>
            <input
              type="checkbox"
              checked={chosen.includes(key)}
              onChange={(event) =>
                choose(event.target.checked ? [...chosen, key] : chosen.filter((other) => other !== key))
              }
            />
            <strong>{name}</strong>
          </label>
          <span>{provider.name}</span>
          <span className={`health ${TONES[health.status]}`}>{health.status.toLowerCase()}</span>
          <ProgramShare programKey={key} />
          <small>
            {health.callsLimit ? `${count(health.callsRemaining)} of ${count(health.callsLimit)} calls a minute left` : ""}
            {health.medianLatencyMs ? ` · ${count(Math.round(health.medianLatencyMs))} ms` : ""}
          </small>
          {health.lastError && <small className="bad">{health.lastError.message}</small>}
        </li>
      ))}
    </ul>
  );
}
