import { count, NOT_TOLD } from "../formats";
import { ReferrerDocument } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { ClaimTable } from "./claims";
import { ReferralTable } from "./referrals";

/** One person: profile, the same address elsewhere, the way to the next tier, referrals, claims. */
export function Person({ id }: { id: string }) {
  const asked = useAnswer(ReferrerDocument, { id });
  return (
    <Panel title="Referrer" asked={asked} wide actions={<a href="#/">Back to all</a>}>
      {({ node }) => {
        if (node?.__typename !== "Person") return <p className="empty">Nobody is known by this address.</p>;
        const progress = node.tierProgress;
        return (
          <>
            <h3>{node.name ?? node.email ?? "Somebody"}</h3>
            <dl className="profile">
              <dt>Program</dt>
              <dd>
                {node.program.name} ({node.program.provider.name})
              </dd>
              <dt>E-mail</dt>
              <dd>{node.email ?? NOT_TOLD}</dd>
              <dt>Referral code</dt>
              <dd>{node.referralCode ?? NOT_TOLD}</dd>
              <dt>Loyalty points</dt>
              <dd>{count(node.loyaltyPoints)}</dd>
              <dt>Tier</dt>
              <dd>{node.tier?.name ?? progress?.reached?.name ?? NOT_TOLD}</dd>
            </dl>
            {progress && (
              <>
                <h4>On the way to the next tier</h4>
                {progress.next ? (
                  <p>
                    <label>
                      {count(progress.successfulReferrals)} of {count(progress.next.referralsRequired)} referrals for{" "}
                      {progress.next.name}{" "}
                      <progress value={progress.successfulReferrals} max={progress.next.referralsRequired ?? 1} />
                    </label>
                  </p>
                ) : (
                  <p>{count(progress.successfulReferrals)} referrals: no tier above.</p>
                )}
                <Sources sources={[progress.source]} />
              </>
            )}
            <h4>The same address elsewhere</h4>
            <ul className="plain">
              {node.counterparts.nodes.map((other) => (
                <li key={other.id}>
                  <PersonLink person={other} /> at {other.program.name}
                </li>
              ))}
              {node.counterparts.nodes.length === 0 && <li className="empty">In no other program.</li>}
            </ul>
            <Sources sources={node.counterparts.sources} />
            <h4>Referrals</h4>
            <ReferralTable rows={node.referrals.nodes} />
            <Sources sources={node.referrals.sources} />
            <h4>Claimed rewards</h4>
            <ClaimTable rows={node.claims.nodes} />
            <Sources sources={node.claims.sources} />
          </>
        );
      }}
    </Panel>
  );
}
