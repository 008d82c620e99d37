import { age, count, counted, share } from "../formats";
import type { FiguresQuery, ProgramsQuery } from "../gql/graphql";
import type { Asked } from "../parts/answer";
import { useNow } from "../parts/now";
import { Arrival, Deferred } from "../parts/panel";
import { Swatch } from "../parts/colours";
import { isLacking, Sources } from "../parts/sources";

/** A program, and the colour that stands for it. */
export type Program = ProgramsQuery["programs"][number] & { colour: string };

const TONES = { HEALTHY: "good", DEGRADED: "warn", DOWN: "bad", UNKNOWN: "" } as const;

function Health({ health }: { health: Program["health"] }) {
  const now = useNow();
  const facts = [
    health.callsLimit && `${count(health.callsRemaining)} of ${count(health.callsLimit)} calls a minute left`,
    health.medianLatencyMs && `${count(Math.round(health.medianLatencyMs))} ms a call`,
    health.lastSuccessAt && `last answered ${age(health.lastSuccessAt, now)}`,
  ];
  return (
    <>
      <small>{facts.filter(Boolean).join(" · ")}</small>
      {health.lastError && <small className="bad">{health.lastError.message}</small>}
    </>
  );
}

function Share({ programKey, figures }: { programKey: string; figures: FiguresQuery | undefined }) {
  const statistics = figures?.programs.find(({ key }) => key === programKey)?.statistics;
  const total = figures?.statistics;
  const all = total && !isLacking(total.sources) ? total.totalReferrals : null;
  return (
    <Deferred part={statistics}>
      {({ totalReferrals, conversionPercent, sources }) => (
        <>
          {totalReferrals !== null && totalReferrals !== undefined && (
            <p data-share={programKey}>
              <strong>{counted(totalReferrals, "referral")}</strong>
              {all ? `, ${share((totalReferrals / all) * 100)} of all` : ""} · {share(conversionPercent)} completed
            </p>
          )}
          <Sources sources={sources} />
        </>
      )}
    </Deferred>
  );
}

/** The programs with their health and share; choosing some narrows the whole page to them. */
export function Programs({
  programs,
  figures,
  chosen,
  choose,
}: {
  programs: readonly Program[];
  figures: Asked<FiguresQuery>;
  chosen: readonly string[];
  choose: (keys: string[]) => void;
}) {
  return (
    <ul className="programs">
      {programs.map(({ id, key, name, provider, health, colour }) => {
        const isChosen = chosen.includes(key);
        return (
          <li key={id} className={isChosen ? undefined : "unchosen"}>
            <div className="program">
              <label>
                <input
                  type="checkbox"
                  checked={isChosen}
                  onChange={() => choose(isChosen ? chosen.filter((other) => other !== key) : [...chosen, key])}
                />
                <Swatch colour={colour} />
                <strong>{name}</strong>
              </label>
              <span className={`badge ${TONES[health.status]}`}>{health.status.toLowerCase()}</span>
            </div>
            <small>{provider.name}</small>
            {isChosen && (
              <Arrival asked={figures}>
                <Share programKey={key} figures={figures.data?.data} />
              </Arrival>
            )}
            <Health health={health} />
          </li>
        );
      })}
    </ul>
  );
}
