import { useId, useState } from "react";

import { count, NOT_TOLD, words } from "../formats";
import { RulesDocument, type RulesQuery, type SettingsFragment } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { Swatch } from "../parts/colours";
import { Deferred, Panel } from "../parts/panel";
import { Sources } from "../parts/sources";
import { useMay, Withheld } from "../parts/viewer";
import type { Program } from "./programs";
import { SettingsForm } from "./settings-form";
import { Tiers } from "./tiers";

function Incentives({ settings, doTiersReward }: { settings: SettingsFragment; doTiersReward: boolean }) {
  const { completionRule: rule, isEnabled } = settings;
  return (
    <dl className="profile">
      <dt>Program</dt>
      <dd>{isEnabled == null ? NOT_TOLD : isEnabled ? "runs" : "is switched off"}</dd>
      <dt>A referral counts on</dt>
      <dd>
        {rule ? words(rule.trigger === "UNKNOWN" ? rule.providerType : rule.trigger) : NOT_TOLD}
        {rule?.transactionsRequired != null && ` (${count(rule.transactionsRequired)})`}
      </dd>
      <dt>The referrer gets</dt>
      <dd>{settings.referrerIncentive?.summary ?? (doTiersReward ? "what the tiers say" : "nothing")}</dd>
      <dt>The newcomer gets</dt>
      <dd>{settings.referredIncentive?.summary ?? "nothing"}</dd>
      {settings.referralLimitPerPerson != null && (
        <>
          <dt>Referrals a person</dt>
          <dd>at most {count(settings.referralLimitPerPerson)}</dd>
        </>
      )}
    </dl>
  );
}

function RulesOf({
  program,
  told,
  hasFailed,
}: {
  program: Program;
  told: RulesQuery["programs"][number];
  hasFailed: boolean;
}) {
  const id = useId();
  const mayWrite = useMay("REFERRALS_WRITE");
  const takesSettings = program.capabilities.includes("SETTINGS_WRITE");
  const takesTiers = program.capabilities.includes("TIERS_WRITE");
  const [isSetting, setIsSetting] = useState(false);
  const [outcome, setOutcome] = useState("");
  const { settings } = told;
  return (
    <section aria-labelledby={id}>
      <div className="row between">
        <h3 id={id}>
          <Swatch colour={program.colour} /> {program.name}
        </h3>
        {settings && takesSettings && mayWrite && (
          <button type="button" onClick={() => setIsSetting(true)}>
            Settings
          </button>
        )}
      </div>
      {(takesSettings || takesTiers) && <Withheld to="change them" scope="REFERRALS_WRITE" />}
      <p className={outcome ? "notice good" : "unseen"} role="status">
        {outcome}
      </p>
      <Deferred part={settings} lines={4}>
        {(settings) =>
          settings ? (
            <>
              <Incentives settings={settings} doTiersReward={program.capabilities.includes("TIER_PROGRESS")} />
              <Sources sources={[settings.source]} />
            </>
          ) : (
            <p className="empty">{hasFailed ? "The settings could not be read." : "It has no settings."}</p>
          )
        }
      </Deferred>
      <Deferred part={told.tiers} lines={6}>
        {(tiers) => (
          <Tiers
            programId={told.id}
            tiers={tiers}
            canWrite={takesTiers && mayWrite}
            done={setOutcome}
          />
        )}
      </Deferred>
      {isSetting && settings && (
        <SettingsForm
          programId={told.id}
          settings={settings}
          close={() => setIsSetting(false)}
          done={(outcome) => {
            setIsSetting(false);
            setOutcome(outcome);
          }}
        />
      )}
    </section>
  );
}

/** The rules, incentives and tiers of the programs, side by side. */
export function Rules({ programs }: { programs: readonly Program[] }) {
  const asked = useAnswer(RulesDocument, {});
  return (
    <Panel title="Rules and tiers" asked={asked} size="wide" lines={14}>
      {(data) => (
        <div className="side-by-side">
          {programs.map((program) => {
            const told = data.programs.find(({ key }) => key === program.key);
            const hasFailed = asked.data?.notes.some((note) => note.program === program.key) ?? false;
            return told && <RulesOf key={program.key} program={program} told={told} hasFailed={hasFailed} />;
          })}
        </div>
      )}
    </Panel>
  );
}
