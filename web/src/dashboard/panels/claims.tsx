import { date, NOT_TOLD } from "../formats";
import { ClaimsDocument, type ClaimsQuery } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { PageLinks, usePages } from "../parts/pages";
import { Panel } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { Table } from "../parts/table";

type Claims = Pick<ClaimsQuery["claims"], "nodes" | "sources">;

export function ClaimTable({ claims: { nodes, sources } }: { claims: Claims }) {
  return (
    <Table
      label="Claimed rewards"
      columns={["Who", "Tier", "Coupon", "Claimed"]}
      empty="No reward was claimed."
      sources={sources}
    >
      {nodes.map((row) => (
        <tr key={row.id}>
          <th scope="row">
            <span className="person">
              <PersonLink person={row.claimant} /> <small>{row.program.name}</small>
            </span>
          </th>
          <td>{row.tier?.name ?? NOT_TOLD}</td>
          <td>
            <code>{row.coupon?.code ?? NOT_TOLD}</code>
          </td>
          <td>{date(row.claimedAt)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Rewards that were claimed in the chosen programs. */
export function Claims({ programs }: { programs: string[] }) {
  const pages = usePages();
  const asked = useAnswer(ClaimsDocument, { programs, after: pages.after });
  return (
    <Panel title="Claimed rewards" asked={asked} lines={12}>
      {({ claims }) => (
        <>
          <ClaimTable claims={claims} />
          <PageLinks label="Pages of claimed rewards" pages={pages} pageInfo={claims.pageInfo} />
          <Sources sources={claims.sources} />
        </>
      )}
    </Panel>
  );
}
