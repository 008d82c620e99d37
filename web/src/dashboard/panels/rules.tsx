import { useState } from "react";

import { count, NOT_TOLD } from "../formats";
import { RulesDocument, type TierRowFragment } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { Sources } from "../parts/sources";
import type { Program } from "./programs";
import { SettingsForm } from "./settings-form";
import { TierForm } from "./tier-form";

/** One program's rules and tiers, to stand beside those of the others. */
export function Rules({ program }: { program: Program }) {
  const asked = useAnswer(RulesDocument, { key: program.key });
  // The tier in the form: one of these, a new one, or none.
  const [edited, setEdited] = useState<TierRowFragment | "new" | null>(null);
  const [isSetting, setIsSetting] = useState(false);
  const canWrite = program.capabilities.includes("TIERS_WRITE");
  const canSet = program.capabilities.includes("SETTINGS_WRITE");
  return (
    <Panel
      title={`Rules of ${program.name}`}
      asked={asked}
      actions={
        <span className="row">
          {canSet && (
            <button type="button" onClick={() => setIsSetting(true)}>
              Settings
            </button>
          )}
          {canWrite && (
            <button type="button" onClick={() => setEdited("new")}>
              New tier
            </button>
          )}
        </span>
      }
    >
      {({ program: told }) => {
        const settings = told?.settings;
        return (
          <>
            {settings && (
              <dl className="profile">
                <dt>A referral counts on</dt>
                <dd>
                  {settings.completionRule?.trigger.toLowerCase().replaceAll("_", " ") ?? NOT_TOLD}
                  {settings.completionRule?.transactionsRequired &&
                    ` (${count(settings.completionRule.transactionsRequired)})`}
                </dd>
                <dt>The referrer gets</dt>
                <dd>{settings.referrerIncentive?.summary ?? "what the tiers say"}</dd>
                <dt>The newcomer gets</dt>
                <dd>{settings.referredIncentive?.summary ?? NOT_TOLD}</dd>
                <dt>Running</dt>
                <dd>{settings.isEnabled === null ? NOT_TOLD : settings.isEnabled ? "yes" : "no"}</dd>
              </dl>
            )}
            {settings && <Sources sources={[settings.source]} />}
            <h3>Tiers</h3>
            <ul className="tiers">
              {told?.tiers.nodes.map((tier) => (
                <li key={tier.id} className={tier.isActive === false ? "off" : ""}>
                  <strong>{tier.name}</strong>
                  <span>
                    {tier.referralsRequired === null ? "" : `from ${count(tier.referralsRequired)} referrals: `}
                    {tier.reward?.summary ?? tier.description ?? ""}
                  </span>
                  <small>
                    {tier.isActive === false && "switched off · "}
                    {tier.claimsCount === null ? "" : `${count(tier.claimsCount)} claimed`}
                  </small>
                  {canWrite && (
                    <button type="button" aria-label={`Edit ${tier.name}`} onClick={() => setEdited(tier)}>
                      Edit
                    </button>
                  )}
                </li>
              ))}
            </ul>
            <Sources sources={told?.tiers.sources ?? []} />
            {edited && told && (
              <TierForm
                key={edited === "new" ? "new" : edited.id}
                programId={told.id}
                tier={edited === "new" ? null : edited}
                close={() => setEdited(null)}
              />
            )}
            {isSetting && told && settings && (
              <SettingsForm programId={told.id} settings={settings} close={() => setIsSetting(false)} />
            )}
          </>
        );
      }}
    </Panel>
  );
}
