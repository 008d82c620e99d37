import { type FormEvent, useState } from "react";

import { date } from "../formats";
import { type ReferralFilter, type ReferralRowFragment, ReferralsDocument, type ReferralStatus } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";

export function ReferralTable({ rows }: { rows: readonly ReferralRowFragment[] }) {
  if (rows.length === 0) return <p className="empty">None here.</p>;
  return (
    <div className="scroll" role="region" aria-label="Referrals" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Referred</th>
            <th scope="col">By</th>
            <th scope="col">Status</th>
            <th scope="col">On</th>
            <th scope="col">Program</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </div>
  );
}

/** Every referral of the chosen programs, in pages; searched and filtered by the providers. */
export function Referrals({ programs }: { programs: string[] }) {
  const [filter, setFilter] = useState<ReferralFilter>({});
  // Where each page so far began: the cursors only lead onwards.
  const [starts, setStarts] = useState<(string | null)[]>([null]);
  const asked = useAnswer(ReferralsDocument, { programs, filter, after: starts[starts.length - 1] ?? null });

  function narrow(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const search = String(form.get("search")).trim();
    const status = String(form.get("status"));
    setStarts([null]);
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
          <nav className="row" aria-label="Pages of referrals">
            <button type="button" disabled={starts.length === 1} onClick={() => setStarts(starts.slice(0, -1))}>
              Previous
            </button>
            <span>Page {starts.length}</span>
            <button
              type="button"
              disabled={!referrals.pageInfo.hasNextPage}
              onClick={() => setStarts([...starts, referrals.pageInfo.endCursor ?? null])}
            >
              Next
            </button>
          </nav>
          <Sources sources={referrals.sources} />
        </>
      )}
    </Panel>
  );
}
