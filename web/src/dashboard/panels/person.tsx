import { useEffect } from "react";

import { count, counted, NOT_TOLD } from "../formats";
import { ReferrerClaimsDocument, ReferrerDocument, type ReferrerQuery, ReferrerReferralsDocument } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { PageLinks, usePages } from "../parts/pages";
import { Deferred, Panel } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { haveToldAll, Sources } from "../parts/sources";
import { useMay, Withheld } from "../parts/viewer";
import { ClaimTable } from "./claims";
import { ReferralTable } from "./referrals";

type Known = Extract<ReferrerQuery["node"], { __typename: "Person" }>;

function Profile({ person }: { person: Known }) {
  return (
    <>
      <p className="name">{person.name ?? person.email ?? "Somebody"}</p>
      <dl className="profile">
        <dt>Program</dt>
        <dd>
          {person.program.name} ({person.program.provider.name})
        </dd>
        <dt>E-mail</dt>
        <dd>{person.email ?? NOT_TOLD}</dd>
        <dt>Referral code</dt>
        <dd>
          <code>{person.referralCode ?? NOT_TOLD}</code>
        </dd>
        <dt>Loyalty points</dt>
        <dd>{count(person.loyaltyPoints)}</dd>
        <dt>Status</dt>
        <dd>
          <Deferred part={person.tier}>{(tier) => tier?.name ?? NOT_TOLD}</Deferred>
        </dd>
      </dl>
      {person.source && <Sources sources={[person.source]} />}
    </>
  );
}

function Progress({ progress }: { progress: NonNullable<Known["tierProgress"]> }) {
  const { successfulReferrals, remaining, reached, next, source } = progress;
  return (
    <>
      <p>
        {reached ? (
          <>
            Has reached <strong>{reached.name}</strong>
          </>
        ) : (
          "Has reached no tier yet"
        )}{" "}
        with {counted(successfulReferrals, "completed referral")}.
      </p>
      {next ? (
        <label className="progress">
          <span>
            {count(remaining)} more for <strong>{next.name}</strong>
          </span>
          <progress value={successfulReferrals} max={next.referralsRequired ?? 1} />
        </label>
      ) : (
        <p className="empty">There is no tier above.</p>
      )}
      <Sources sources={[source]} />
    </>
  );
}

function Counterparts({ nodes: people, sources }: NonNullable<Known["counterparts"]>) {
  return (
    <>
      <ul className="plain">
        {people.map((person) => (
          <li key={person.id}>
            <PersonLink person={person} /> <small>{person.program.name}</small>
          </li>
        ))}
        {people.length === 0 && haveToldAll(sources) && <li className="empty">In no other program.</li>}
      </ul>
      <Sources sources={sources} />
    </>
  );
}

function ReferralsOf({ id }: { id: string }) {
  const pages = usePages();
  const asked = useAnswer(ReferrerReferralsDocument, { id, after: pages.after });
  return (
    <Panel title="Referrals made" asked={asked} size="wide" lines={10}>
      {({ node }) =>
        node?.__typename === "Person" && (
          <>
            <ReferralTable referrals={node.referrals} />
            <PageLinks label="Pages of referrals made" pages={pages} pageInfo={node.referrals.pageInfo} />
            <Sources sources={node.referrals.sources} />
          </>
        )
      }
    </Panel>
  );
}

function ClaimsOf({ id }: { id: string }) {
  const pages = usePages();
  const asked = useAnswer(ReferrerClaimsDocument, { id, after: pages.after });
  return (
    <Panel title="Claimed rewards" asked={asked} size="wide" lines={4}>
      {({ node }) =>
        node?.__typename === "Person" && (
          <>
            <ClaimTable claims={node.claims} />
            <PageLinks label="Pages of claimed rewards" pages={pages} pageInfo={node.claims.pageInfo} />
            <Sources sources={node.claims.sources} />
          </>
        )
      }
    </Panel>
  );
}

function Details({ id }: { id: string }) {
  const asked = useAnswer(ReferrerDocument, { id });
  const person = asked.data?.data.node;
  return (
    <>
      <Panel title="Referrer" asked={asked} size="third">
        {() =>
          person?.__typename === "Person" ? (
            <Profile person={person} />
          ) : (
            // Who could not be read is not unknown: what went wrong stands above.
            asked.data?.notes.length === 0 && <p className="empty">Nobody is known by this address.</p>
          )
        }
      </Panel>
      {person?.__typename === "Person" && (
        <>
          <Panel title="Next tier" asked={asked} size="third">
            {() => (
              <Deferred part={person.tierProgress} lines={3}>
                {(progress) =>
                  progress ? <Progress progress={progress} /> : <p className="empty">Referrals earn no tiers here.</p>
                }
              </Deferred>
            )}
          </Panel>
          <Panel title="Same e-mail address elsewhere" asked={asked} size="third">
            {() => (
              <Deferred part={person.counterparts} lines={2}>
                {(counterparts) => <Counterparts {...counterparts} />}
              </Deferred>
            )}
          </Panel>
          <ReferralsOf id={id} />
          <ClaimsOf id={id} />
        </>
      )}
    </>
  );
}

/** One person: profile, the way to the next tier, the same address elsewhere, referrals, claims. */
export function Person({ id }: { id: string }) {
  const seesPeople = useMay("PEOPLE_READ");
  useEffect(() => {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <p className="wide">
        <a href="#/">← All programs</a>
      </p>
      {seesPeople ? <Details id={id} /> : <Withheld to="see a person" scope="PEOPLE_READ" />}
    </>
  );
}
