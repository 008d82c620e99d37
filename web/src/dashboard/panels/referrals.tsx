import { type FormEvent, useState } from "react";

import { date, words } from "../formats";
import { type ReferralFilter, ReferralsDocument, type ReferralsQuery, type ReferralStatus } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { PageLinks, usePages } from "../parts/pages";
import { Panel } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { Table } from "../parts/table";
import { useMay, Withheld } from "../parts/viewer";

const TONES = { PENDING: "warn", COMPLETED: "good", FAILED: "bad", UNKNOWN: "" } as const;

const COLUMNS = ["Status", "Referred on", "Program"];

type Referrals = Pick<ReferralsQuery["referrals"], "nodes" | "sources">;

export function ReferralTable({ referrals: { nodes, sources } }: { referrals: Referrals }) {
  const seesPeople = useMay("PEOPLE_READ");
  const columns = seesPeople ? ["Referred", "By", ...COLUMNS] : COLUMNS;
  return (
    <Table label="Referrals" columns={columns} empty="There are no such referrals." sources={sources}>
      {nodes.map((row) => (
        <tr key={row.id}>
          {seesPeople && (
            <>
              <th scope="row">
                <PersonLink person={row.referred} />
              </th>
              <td>
                <PersonLink person={row.referrer} />
              </td>
            </>
          )}
          <td>
            <span className={`badge ${TONES[row.status]}`}>{words(row.status)}</span>
          </td>
          <td>{date(row.referredAt)}</td>
          <td>{row.program.name}</td>
        </tr>
      ))}
    </Table>
  );
}

function filterIn(form: FormData): ReferralFilter {
  const text = (name: string) => String(form.get(name) ?? "").trim() || undefined;
  return {
    search: text("search"),
    status: text("status") as ReferralStatus | undefined,
    referredFrom: text("from"),
    referredTo: text("to"),
  };
}

/** Every referral of the chosen programs, in pages; searched and filtered by the providers. */
export function Referrals({ programs }: { programs: string[] }) {
  const [filter, setFilter] = useState<ReferralFilter>({});
  const pages = usePages();
  const seesPeople = useMay("PEOPLE_READ");
  const asked = useAnswer(ReferralsDocument, { programs, filter, seesPeople, after: pages.after });

  function narrow(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    pages.startOver();
    setFilter(filterIn(new FormData(event.currentTarget)));
  }

  function widen() {
    pages.startOver();
    setFilter({});
  }

  return (
    <Panel
      title="All referrals"
      asked={asked}
      size="wide"
      lines={12}
      actions={
        <form className="row" onSubmit={narrow} onReset={widen} role="search" aria-label="Referrals">
          {seesPeople && (
            <label>
              Name or e-mail address <input name="search" type="search" />
            </label>
          )}
          <label>
            Status{" "}
            <select name="status">
              <option value="">any</option>
              <option value="PENDING">pending</option>
              <option value="COMPLETED">completed</option>
              <option value="FAILED">failed</option>
            </select>
          </label>
          <label>
            From <input name="from" type="date" />
          </label>
          <label>
            To <input name="to" type="date" />
          </label>
          <button className="main-button">Search</button>
          <button type="reset">Clear</button>
        </form>
      }
    >
      {({ referrals }) => (
        <>
          <Withheld to="see who referred whom, and search for them" scope="PEOPLE_READ" />
          <ReferralTable referrals={referrals} />
          <PageLinks label="Pages of referrals" pages={pages} pageInfo={referrals.pageInfo} />
          <Sources sources={referrals.sources} />
        </>
      )}
    </Panel>
  );
}
