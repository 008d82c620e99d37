import type { DiscountInput, IncentiveFiguresFragment, ProblemFragment } from "../gql/graphql";
import { Field } from "./change";

/** The discount in a form, from what it is now. */
export function DiscountFields({
  now,
  path,
  problems,
}: {
  now: IncentiveFiguresFragment | null | undefined;
  path: readonly string[];
  problems: readonly ProblemFragment[];
}) {
  const fixed = now?.__typename === "FixedDiscountIncentive" ? now : null;
  const amount = fixed?.value.amount ?? (now?.__typename === "PercentageDiscountIncentive" ? now.percent : "");
  return (
    <>
      <Field label="Discount" path={path} problems={problems}>
        {(attributes) => <input {...attributes} name="amount" inputMode="decimal" defaultValue={amount} required />}
      </Field>
      <fieldset className="row">
        <legend>Kind of discount</legend>
        <label>
          <input type="radio" name="kind" value="percent" defaultChecked={!fixed} /> percent
        </label>
        <label>
          <input type="radio" name="kind" value="fixed" defaultChecked={!!fixed} /> fixed amount
        </label>
      </fieldset>
    </>
  );
}

/** What the form says of the discount; numbers stay the text that was typed. */
export function discountIn(form: FormData): DiscountInput {
  const amount = String(form.get("amount")).trim();
  return form.get("kind") === "fixed" ? { fixed: { amount } } : { percent: amount };
}
