import { count } from "../formats";
import { TopReferrersDocument } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { Panel } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { Table } from "../parts/table";
import { useMay, Withheld } from "../parts/viewer";

const FIGURES = [
  { name: "Referrals", isFigure: true },
  { name: "Completed", isFigure: true },
];

/**
 * Who brings in the most people, whoever has one address at several programs counted once as far as
 * addresses are to be seen.
 */
export function TopReferrers({ programs }: { programs: string[] }) {
  const seesPeople = useMay("PEOPLE_READ");
  const asked = useAnswer(TopReferrersDocument, { programs, limit: 10, seesPeople });
  return (
    <Panel title="Top referrers" asked={asked} lines={12}>
      {({ topReferrers }) => (
        <>
          <Withheld to="see who they are" scope="PEOPLE_READ" />
          <Table
            label="Top referrers"
            columns={["#", seesPeople ? "Who" : "Program", ...FIGURES]}
            empty="Nobody has referred anybody yet."
            sources={topReferrers.sources}
          >
            {topReferrers.entries.map((entry) => (
              <tr key={entry.people.map((person) => person.id).join()}>
                <td className="rank">{entry.rank}</td>
                <th scope="row">
                  {entry.people.map((person) =>
                    seesPeople ? (
                      <span key={person.id} className="person">
                        <PersonLink person={person} /> <small>{person.program.name}</small>
                      </span>
                    ) : (
                      person.program.name
                    ),
                  )}
                </th>
                <td className="figure">{count(entry.totalReferrals)}</td>
                <td className="figure">{count(entry.successfulReferrals)}</td>
              </tr>
            ))}
          </Table>
          <Sources sources={topReferrers.sources} />
        </>
      )}
    </Panel>
  );
}
