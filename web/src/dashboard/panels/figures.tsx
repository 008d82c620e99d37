import { count, money, share } from "../formats";
import { FiguresDocument, ProgramFiguresDocument } from "../gql/graphql";
import { Funnel } from "../parts/charts";
import { Panel, useAnswer } from "../parts/panel";
import { Sources } from "../parts/sources";

/** Totals, conversion and the funnel over the chosen programs. */
export function Figures({ programs }: { programs: string[] }) {
  const asked = useAnswer(FiguresDocument, { programs });
  return (
    <Panel title="Referrals" asked={asked}>
      {({ statistics: figures }) => (
        <>
          <div className="figures">
            <p>
              <b data-figure="total">{count(figures.totalReferrals)}</b> in all
            </p>
            <p>
              <b data-figure="conversion">{share(figures.conversionPercent)}</b> completed
            </p>
            <p>
              <b>{count(figures.rewardsClaimed)}</b> rewards claimed
            </p>
            {figures.usedCouponsValue.map((value) => (
              <p key={value.currency ?? ""}>
                <b>{money(value)}</b> of coupons used
              </p>
            ))}
          </div>
          <Funnel
            steps={[
              { label: "Referred", value: figures.totalReferrals, tone: "referred" },
              { label: "Pending", value: figures.pendingReferrals, tone: "pending" },
              { label: "Completed", value: figures.successfulReferrals, tone: "completed" },
              { label: "Failed", value: figures.failedReferrals, tone: "failed" },
            ]}
          />
          <Sources sources={figures.sources} />
        </>
      )}
    </Panel>
  );
}

/** One program's part of the whole. */
export function ProgramShare({ programKey }: { programKey: string }) {
  const { data } = useAnswer(ProgramFiguresDocument, { key: programKey });
  const figures = data?.data.program?.statistics;
  return (
    <span data-share={programKey}>
      {figures ? `${count(figures.totalReferrals)} referrals, ${share(figures.conversionPercent)} completed` : "…"}
    </span>
  );
}
