import { count } from "../formats";
import { TopReferrersDocument } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { Table } from "../parts/table";

/** Who brings in the most people, whoever has one address at several programs counted once. */
export function TopReferrers({ programs }: { programs: string[] }) {
  const asked = useAnswer(TopReferrersDocument, { programs, limit: 10 });
  return (
    <Panel title="Top referrers" asked={asked}>
      {({ topReferrers }) => (
        <>
          <Table label="Top referrers" columns={["Rank", "Who", "Referrals", "Completed"]}>
            {topReferrers.entries.map((entry) => (
              <tr key={entry.people.map((person) => person.id).join()}>
                <td>{entry.rank}</td>
                <th scope="row">
                  {entry.people.map((person) => (
                    <span key={person.id} className="person">
                      <PersonLink person={person} /> <small>{person.program.name}</small>
                    </span>
                  ))}
                </th>
                <td>{count(entry.totalReferrals)}</td>
                <td>{count(entry.successfulReferrals)}</td>
              </tr>
            ))}
          </Table>
          <Sources sources={topReferrers.sources} />
        </>
      )}
    </Panel>
  );
}
