import { useState } from "react";

import { ReferralsOverTimeDocument, type TimelineInterval } from "../gql/graphql";
import { Lines } from "../parts/charts";
import { Panel, useAnswer } from "../parts/panel";
import { Sources } from "../parts/sources";

const SPANS: Record<TimelineInterval, number> = { DAY: 31, WEEK: 26 * 7, MONTH: 731 };
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** Referrals over time, of the programs whose provider dates them. */
export function Timeline({ programs }: { programs: string[] }) {
  const [interval, setInterval] = useState<TimelineInterval>("MONTH");
  const asked = useAnswer(ReferralsOverTimeDocument, {
    programs,
    interval,
    timeZone: ZONE,
    from: daysAgo(SPANS[interval]),
  });
  return (
    <Panel
      title="Over time"
      asked={asked}
      wide
      actions={
        <label>
          By{" "}
          <select value={interval} onChange={(event) => setInterval(event.target.value as TimelineInterval)}>
            <option value="DAY">day</option>
            <option value="WEEK">week</option>
            <option value="MONTH">month</option>
          </select>
        </label>
      }
    >
      {({ timeline }) => (
        <>
          <Lines points={timeline.points} />
          <Sources sources={timeline.sources} />
        </>
      )}
    </Panel>
  );
}
