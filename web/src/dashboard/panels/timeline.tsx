import { useState } from "react";

import { ReferralsOverTimeDocument, type TimelineInterval } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { Lines } from "../parts/lines";
import { Panel } from "../parts/panel";
import { Sources } from "../parts/sources";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The first day of what is shown, which ends today. */
function firstDay(interval: TimelineInterval): string {
  const day = new Date();
  if (interval === "DAY") day.setDate(day.getDate() - 30);
  if (interval === "WEEK") day.setDate(day.getDate() - 25 * 7);
  if (interval === "MONTH") day.setMonth(day.getMonth() - 11, 1);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** Referrals over time, of the programs whose provider dates them. */
export function Timeline({ programs }: { programs: string[] }) {
  const [interval, setInterval] = useState<TimelineInterval>("MONTH");
  const asked = useAnswer(ReferralsOverTimeDocument, {
    programs,
    interval,
    timeZone: ZONE,
    from: firstDay(interval),
  });
  return (
    <Panel
      title="Over time"
      asked={asked}
      size="broad"
      lines={10}
      actions={
        <label>
          <span className="unseen">Time shown</span>
          <select value={interval} onChange={(event) => setInterval(event.target.value as TimelineInterval)}>
            <option value="DAY">31 days</option>
            <option value="WEEK">26 weeks</option>
            <option value="MONTH">12 months</option>
          </select>
        </label>
      }
    >
      {({ timeline }) => (
        <>
          {timeline.sources.some(({ status }) => status === "FRESH" || status === "STALE") && (
            <Lines points={timeline.points} interval={interval} />
          )}
          <Sources sources={timeline.sources} />
        </>
      )}
    </Panel>
  );
}
