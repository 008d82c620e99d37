import { useState } from "react";

import { counted } from "../formats";
import { type TierListFragment, type TierRowFragment, UpdateTierDocument } from "../gql/graphql";
import { useChange } from "../parts/change";
import { OtherProblems } from "../parts/form";
import { haveToldAll, Sources } from "../parts/sources";
import { TierForm } from "./tier-form";

/** Switches a tier off or on: to a state that is named, so that doing it twice is doing it once. */
function Switch({ tier, done }: { tier: TierRowFragment; done: (outcome: string) => void }) {
  const isActive = !tier.isActive;
  const { make, isPending, problems } = useChange(
    UpdateTierDocument,
    (data) => data.tierUpdate?.errors ?? [],
    () => done(`${tier.name} was switched ${isActive ? "on" : "off"}.`),
  );
  const words = isActive ? "Switch on" : "Switch off";
  return (
    <>
      <button
        type="button"
        aria-label={`${words} ${tier.name}`}
        disabled={isPending}
        onClick={() => make({ id: tier.id, input: { isActive } })}
      >
        {words}
      </button>
      <OtherProblems problems={problems} paths={[]} />
    </>
  );
}

/** The tiers of a program, with what can be done to them. */
export function Tiers({
  programId,
  tiers: { nodes: tiers, sources },
  canWrite,
  done,
}: {
  programId: string;
  tiers: TierListFragment;
  canWrite: boolean;
  done: (outcome: string) => void;
}) {
  // The tier in the form: one of these, a new one, or none.
  const [edited, setEdited] = useState<TierRowFragment | "new" | null>(null);
  return (
    <>
      <div className="row between">
        <h4>Tiers</h4>
        {canWrite && (
          <button type="button" onClick={() => setEdited("new")}>
            New tier
          </button>
        )}
      </div>
      {tiers.length === 0 && haveToldAll(sources) && <p className="empty">There is no tier yet.</p>}
      <ul className="tiers">
        {tiers.map((tier) => (
          <li key={tier.id} className={tier.isActive === false ? "off" : undefined}>
            <div>
              <strong>{tier.name}</strong> {tier.isActive === false && <span className="badge">off</span>}
              <p>
                {[
                  tier.referralsRequired != null && `from ${counted(tier.referralsRequired, "referral")}`,
                  tier.reward?.summary,
                ]
                  .filter(Boolean)
                  .join(": ") || tier.description}
              </p>
              {tier.claimsCount != null && <small>claimed {counted(tier.claimsCount, "time")}</small>}
            </div>
            {canWrite && (
              <div className="row">
                {tier.isActive != null && <Switch tier={tier} done={done} />}
                <button type="button" aria-label={`Edit ${tier.name}`} onClick={() => setEdited(tier)}>
                  Edit
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <Sources sources={sources} />
      {edited && (
        <TierForm
          key={edited === "new" ? "new" : edited.id}
          programId={programId}
          tier={edited === "new" ? null : edited}
          close={() => setEdited(null)}
          done={(outcome) => {
            setEdited(null);
            done(outcome);
          }}
        />
      )}
    </>
  );
}
