import {
  type CompletionTrigger,
  type DiscountInput,
  type ProgramSettingsUpdateInput,
  type SettingsFragment,
  UpdateSettingsDocument,
} from "../gql/graphql";
import { useChange } from "../parts/change";
import { changed } from "../parts/changed";
import { Dialog } from "../parts/dialog";
import { DiscountFields, discountIn, discountOf } from "../parts/discount";
import { Field, Form, OtherProblems } from "../parts/form";

const PATHS = { trigger: ["completionTrigger"], discount: ["welcomeDiscount"], isEnabled: ["isEnabled"] } as const;

/** The welcome discount, in which the vendor names no currency. */
function welcomeOf({ welcomeDiscount }: SettingsFragment): DiscountInput | undefined {
  const discount = discountOf(welcomeDiscount?.incentive);
  return discount?.fixed ? { fixed: { amount: discount.fixed.amount } } : discount;
}

/** What is not as it was. */
function changesIn(form: FormData, settings: SettingsFragment): ProgramSettingsUpdateInput {
  const discount = discountIn(form);
  const isLeftOut = (discount.percent ?? discount.fixed?.amount) === "";
  const welcomeDiscount = changed(
    { isEnabled: form.has("welcome"), ...(isLeftOut ? {} : { discount }) },
    { isEnabled: settings.welcomeDiscount?.isEnabled, discount: welcomeOf(settings) },
  );
  const rest = changed(
    { isEnabled: form.has("isEnabled"), completionTrigger: String(form.get("trigger")) as CompletionTrigger },
    { isEnabled: settings.isEnabled ?? undefined, completionTrigger: settings.completionRule?.trigger },
  );
  return { ...rest, ...(Object.keys(welcomeDiscount).length > 0 ? { welcomeDiscount } : {}) };
}

/** The rules of a program, as far as they can be changed; `done` is told what was made of it. */
export function SettingsForm({
  programId,
  settings,
  close,
  done,
}: {
  programId: string;
  settings: SettingsFragment;
  close: () => void;
  done: (outcome: string) => void;
}) {
  const { make, isPending, problems } = useChange(
    UpdateSettingsDocument,
    (data) => data.programSettingsUpdate?.errors ?? [],
    () => done("The settings were changed."),
  );

  function save(form: FormData) {
    const input = changesIn(form, settings);
    return Object.keys(input).length > 0 ? make({ programId, input }) : close();
  }

  return (
    <Dialog title="Settings" close={close}>
      <Form isPending={isPending} submit={save}>
        <label className="check">
          <input type="checkbox" name="isEnabled" defaultChecked={settings.isEnabled ?? false} /> The program runs
        </label>
        <Field label="A referral counts on" path={PATHS.trigger} problems={problems}>
          {(attributes) => (
            <select {...attributes} name="trigger" defaultValue={settings.completionRule?.trigger}>
              <option value="SIGNUP">signing up</option>
              <option value="FIRST_PURCHASE">the first purchase</option>
            </select>
          )}
        </Field>
        <label className="check">
          <input type="checkbox" name="welcome" defaultChecked={settings.welcomeDiscount?.isEnabled ?? false} /> Newcomers
          get a discount
        </label>
        <DiscountFields now={welcomeOf(settings)} path={PATHS.discount} problems={problems} />
        <OtherProblems problems={problems} paths={Object.values(PATHS)} />
        <div className="row buttons">
          <button className="main-button" disabled={isPending}>
            {isPending ? "Saving…" : "Save"}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
