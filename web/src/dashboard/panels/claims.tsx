import { date, NOT_TOLD } from "../formats";
import { type ClaimRowFragment, ClaimsDocument } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { PageLinks, Table, usePages } from "../parts/table";

export function ClaimTable({ rows }: { rows: readonly ClaimRowFragment[] }) {
  return (
    <Table label="Claimed rewards" columns={["Who", "Reward of", "Coupon", "On", "Program"]}>
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
    </Table>
  );
}

/** Rewards that were claimed in the chosen programs. */
export function Claims({ programs }: { programs: string[] }) {
  const pages = usePages();
  const asked = useAnswer(ClaimsDocument, { programs, after: pages.after });
  return (
    <Panel title="Claimed rewards" asked={asked}>
      {({ claims }) => (
        <>
          <ClaimTable rows={claims.nodes} />
          <PageLinks label="Pages of claimed rewards" pages={pages} pageInfo={claims.pageInfo} />
          <Sources sources={claims.sources} />
        </>
      )}
    </Panel>
  );
}
