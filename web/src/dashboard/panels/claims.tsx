import { date, NOT_TOLD } from "../formats";
import { ClaimsDocument, type ClaimsQuery } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { PageLinks, usePages } from "../parts/pages";
import { Panel } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { Table } from "../parts/table";
import { useMay, Withheld } from "../parts/viewer";

type Claims = Pick<ClaimsQuery["claims"], "nodes" | "sources">;

export function ClaimTable({ claims: { nodes, sources } }: { claims: Claims }) {
  const seesPeople = useMay("PEOPLE_READ");
  return (
    <Table
      label="Claimed rewards"
      columns={seesPeople ? ["Who", "Tier", "Coupon", "Claimed"] : ["Program", "Tier", "Claimed"]}
      empty="No reward was claimed."
      sources={sources}
    >
      {nodes.map((row) => (
        <tr key={row.id}>
          <th scope="row">
            {seesPeople ? (
              <span className="person">
                <PersonLink person={row.claimant} /> <small>{row.program.name}</small>
              </span>
            ) : (
              row.program.name
            )}
          </th>
          <td>{row.tier?.name ?? NOT_TOLD}</td>
          {seesPeople && (
            <td>
              <code>{row.coupon?.code ?? NOT_TOLD}</code>
            </td>
          )}
          <td>{date(row.claimedAt)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Rewards that were claimed in the chosen programs. */
export function Claims({ programs }: { programs: string[] }) {
  const pages = usePages();
  const seesPeople = useMay("PEOPLE_READ");
  const asked = useAnswer(ClaimsDocument, { programs, seesPeople, after: pages.after });
  return (
    <Panel title="Claimed rewards" asked={asked} lines={12}>
      {({ claims }) => (
        <>
          <Withheld to="see who claimed them and with which code" scope="PEOPLE_READ" />
          <ClaimTable claims={claims} />
          <PageLinks label="Pages of claimed rewards" pages={pages} pageInfo={claims.pageInfo} />
          <Sources sources={claims.sources} />
        </>
      )}
    </Panel>
  );
}
