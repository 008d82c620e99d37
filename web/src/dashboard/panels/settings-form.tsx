import type { FormEvent } from "react";

import { type CompletionTrigger, type RulesQuery, UpdateSettingsDocument } from "../gql/graphql";
import { Dialog, Field, OtherProblems, useChange } from "../parts/change";
import { DiscountFields, discountIn } from "../parts/discount";

type Settings = NonNullable<NonNullable<RulesQuery["program"]>["settings"]>;

const PATHS = [["completionTrigger"], ["welcomeDiscount"], ["isEnabled"]] as const;

/** The rules of a program, as far as they can be changed. */
export function SettingsForm({
  programId,
  settings,
  close,
}: {
  programId: string;
  settings: Settings;
  close: () => void;
}) {
  const { make, isPending, problems } = useChange(
    UpdateSettingsDocument,
    (data) => data.programSettingsUpdate?.errors ?? [],
    close,
  );

  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    make({
      programId,
      input: {
        isEnabled: form.has("isEnabled"),
        completionTrigger: String(form.get("trigger")) as CompletionTrigger,
        welcomeDiscount: { isEnabled: form.has("welcome"), discount: discountIn(form) },
      },
    });
  }

  return (
    <Dialog title="Settings" close={close}>
      <form onSubmit={save} noValidate>
        <label>
          <input type="checkbox" name="isEnabled" defaultChecked={settings.isEnabled ?? false} /> The program runs
        </label>
        <Field label="A referral counts on" path={PATHS[0]} problems={problems}>
          {(attributes) => (
            <select {...attributes} name="trigger" defaultValue={settings.completionRule?.trigger ?? "SIGNUP"}>
              <option value="SIGNUP">signing up</option>
              <option value="FIRST_PURCHASE">the first purchase</option>
            </select>
          )}
        </Field>
        <label>
          <input type="checkbox" name="welcome" defaultChecked={settings.welcomeDiscount?.isEnabled ?? false} /> Newcomers
          get a discount
        </label>
        <DiscountFields now={settings.welcomeDiscount?.incentive} path={PATHS[1]} problems={problems} />
        <OtherProblems problems={problems} paths={PATHS} />
        <button disabled={isPending}>Save</button>
      </form>
    </Dialog>
  );
}
