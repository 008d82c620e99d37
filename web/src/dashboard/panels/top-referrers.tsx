import { count } from "../formats";
import { TopReferrersDocument } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";

/** Who brings in the most people, whoever has one address at several programs counted once. */
export function TopReferrers({ programs }: { programs: string[] }) {
  const asked = useAnswer(TopReferrersDocument, { programs, limit: 10 });
  return (
    <Panel title="Top referrers" asked={asked}>
      {({ topReferrers }) => (
        <>
          <div className="scroll" role="region" aria-label="Top referrers" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Rank</th>
                  <th scope="col">Who</th>
                  <th scope="col">Referrals</th>
                  <th scope="col">Completed</th>
                </tr>
              </thead>
              <tbody>
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
              </tbody>
            </table>
          </div>
          <Sources sources={topReferrers.sources} />
        </>
      )}
    </Panel>
  );
}
