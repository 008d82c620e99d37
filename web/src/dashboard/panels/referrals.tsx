import { type FormEvent, useState } from "react";

import { date } from "../formats";
import { type ReferralFilter, type ReferralRowFragment, ReferralsDocument, type ReferralStatus } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { PageLinks, Table, usePages } from "../parts/table";

export function ReferralTable({ rows }: { rows: readonly ReferralRowFragment[] }) {
  return (
    <Table label="Referrals" columns={["Referred", "By", "Status", "On", "Program"]}>
      {rows.map((row) => (
        <tr key={row.id}>
          <th scope="row">
            <PersonLink person={row.referred} />
          </th>
          <td>
            <PersonLink person={row.referrer} />
          </td>
          <td>
            <span className={`status ${row.status.toLowerCase()}`}>{row.status.toLowerCase()}</span>
          </td>
          <td>{date(row.referredAt)}</td>
          <td>{row.program.name}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Every referral of the chosen programs, in pages; searched and filtered by the providers. */
export function Referrals({ programs }: { programs: string[] }) {
  const [filter, setFilter] = useState<ReferralFilter>({});
  const pages = usePages();
  const asked = useAnswer(ReferralsDocument, { programs, filter, after: pages.after });

  function narrow(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const search = String(form.get("search")).trim();
    const status = String(form.get("status"));
    pages.startOver();
    setFilter({
      ...(search ? { search } : {}),
      ...(status ? { status: status as ReferralStatus } : {}),
    });
  }

  return (
    <Panel title="All referrals" asked={asked} wide>
      {({ referrals }) => (
        <>
          <form className="row" onSubmit={narrow} role="search" aria-label="Referrals">
            <label>
              Name or e-mail address <input name="search" type="search" defaultValue={filter.search ?? ""} />
            </label>
            <label>
              Status{" "}
              <select name="status" defaultValue={filter.status ?? ""}>
                <option value="">any</option>
                <option value="PENDING">pending</option>
                <option value="COMPLETED">completed</option>
                <option value="FAILED">failed</option>
              </select>
            </label>
            <button>Search</button>
          </form>
          <ReferralTable rows={referrals.nodes} />
          <PageLinks label="Pages of referrals" pages={pages} pageInfo={referrals.pageInfo} />
          <Sources sources={referrals.sources} />
        </>
      )}
    </Panel>
  );
}
