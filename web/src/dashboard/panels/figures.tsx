import { count, money, share } from "../formats";
import type { FiguresQuery, StatisticsFiguresFragment } from "../gql/graphql";
import type { Asked } from "../parts/answer";
import { Swatch } from "../parts/colours";
import { Funnel, type Step } from "../parts/funnel";
import { Deferred, Panel } from "../parts/panel";
import { Sources } from "../parts/sources";
import type { Program } from "./programs";

const STEPS = [
  ["Referred", "totalReferrals"],
  ["Completed", "successfulReferrals"],
  ["Pending", "pendingReferrals"],
  ["Failed", "failedReferrals"],
] as const satisfies [string, keyof StatisticsFiguresFragment][];

function stepsOf({ statistics, programs: told }: FiguresQuery, programs: readonly Program[]): Step[] {
  return STEPS.map(([label, name]) => {
    const value = statistics && statistics[name];
    const all = statistics?.totalReferrals;
    return {
      label,
      value,
      ...(value && all && name !== "totalReferrals" ? { part: share((value / all) * 100) } : {}),
      pieces: programs.map((program) => ({
        name: program.name,
        colour: program.colour,
        value: told.find(({ key }) => key === program.key)?.statistics?.[name] ?? 0,
      })),
    };
  });
}

/** Totals, conversion and the funnel over the chosen programs. */
export function Figures({ programs, asked }: { programs: readonly Program[]; asked: Asked<FiguresQuery> }) {
  return (
    <Panel title="Totals" asked={asked} size="narrow" lines={10}>
      {(data) => (
        <>
          <Deferred part={data.statistics} lines={2}>
            {(figures) => (
              <dl className="figures">
                <div>
                  <dt>Referrals</dt>
                  <dd data-figure="total">{count(figures.totalReferrals)}</dd>
                </div>
                <div>
                  <dt>Conversion</dt>
                  <dd data-figure="conversion">{share(figures.conversionPercent)}</dd>
                </div>
                <div>
                  <dt>Rewards claimed</dt>
                  <dd data-figure="claimed">{count(figures.rewardsClaimed)}</dd>
                </div>
                {figures.usedCouponsValue.map((value, index) => (
                  <div key={`${value.currency} ${index}`}>
                    <dt>Coupons used{!value.currency && " (no currency told)"}</dt>
                    <dd>{money(value)}</dd>
                  </div>
                ))}
              </dl>
            )}
          </Deferred>
          <Funnel steps={stepsOf(data, programs)} />
          <p className="legend">
            {programs.map(({ key, name, colour }) => (
              <span key={key}>
                <Swatch colour={colour} /> {name}
              </span>
            ))}
          </p>
          {data.statistics && <Sources sources={data.statistics.sources} />}
        </>
      )}
    </Panel>
  );
}
