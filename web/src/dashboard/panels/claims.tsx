import { useState } from "react";

import { date, NOT_TOLD } from "../formats";
import { type ClaimRowFragment, ClaimsDocument } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";

export function ClaimTable({ rows }: { rows: readonly ClaimRowFragment[] }) {
  if (rows.length === 0) return <p className="empty">None here.</p>;
  return (
    <div className="scroll" role="region" aria-label="Claimed rewards" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Reward of</th>
            <th scope="col">Coupon</th>
            <th scope="col">On</th>
            <th scope="col">Program</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <PersonLink person={row.claimant} />
              </th>
              <td>{row.tier?.name ?? NOT_TOLD}</td>
              <td>{row.coupon?.code ?? NOT_TOLD}</td>
              <td>{date(row.claimedAt)}</td>
              <td>{row.program.name}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Rewards that were claimed in the chosen programs. */
export function Claims({ programs }: { programs: string[] }) {
  const [starts, setStarts] = useState<(string | null)[]>([null]);
  const asked = useAnswer(ClaimsDocument, { programs, after: starts[starts.length - 1] ?? null });
  return (
    <Panel title="Claimed rewards" asked={asked}>
      {({ claims }) => (
        <>
          <ClaimTable rows={claims.nodes} />
          <nav className="row" aria-label="Pages of claimed rewards">
            <button type="button" disabled={starts.length === 1} onClick={() => setStarts(starts.slice(0, -1))}>
              Previous
            </button>
            <button
              type="button"
              disabled={!claims.pageInfo.hasNextPage}
              onClick={() => setStarts([...starts, claims.pageInfo.endCursor ?? null])}
            >
              Next
            </button>
          </nav>
          <Sources sources={claims.sources} />
        </>
      )}
    </Panel>
  );
}
