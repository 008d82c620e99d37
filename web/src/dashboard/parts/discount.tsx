import type { DiscountInput, IncentiveFiguresFragment, ProblemFragment } from "../gql/graphql";
import { Field } from "./form";

/** The discount that an incentive is, as it would be asked for; undefined when it is none. */
export function discountOf(incentive: IncentiveFiguresFragment | null | undefined): DiscountInput | undefined {
  if (incentive?.__typename === "FixedDiscountIncentive") {
    const { amount, currency } = incentive.value;
    return { fixed: currency ? { amount, currency } : { amount } };
  }
  if (incentive?.__typename === "PercentageDiscountIncentive") return { percent: incentive.percent };
  return undefined;
}

/** The discount in a form, from what it is now. */
export function DiscountFields({
  now,
  path,
  problems,
}: {
  now: DiscountInput | undefined;
  path: readonly string[];
  problems: readonly ProblemFragment[];
}) {
  // Left out, it would be the program's own, which need not be the one that it was in.
  const currency = now?.fixed?.currency;
  return (
    <div className="fields">
      <Field label="Discount" path={path} problems={problems}>
        {(attributes) => (
          <input {...attributes} name="amount" inputMode="decimal" defaultValue={now?.fixed?.amount ?? now?.percent ?? ""} />
        )}
      </Field>
      <fieldset className="row">
        <legend>Kind of discount</legend>
        <label>
          <input type="radio" name="kind" value="percent" defaultChecked={!now?.fixed} /> percent
        </label>
        <label>
          <input type="radio" name="kind" value="fixed" defaultChecked={!!now?.fixed} /> fixed amount
          {currency && ` in ${currency}`}
        </label>
        {currency && <input type="hidden" name="currency" value={currency} />}
      </fieldset>
    </div>
  );
}

/** What the form says of the discount; numbers stay the text that was typed. */
export function discountIn(form: FormData): DiscountInput {
  const amount = String(form.get("amount")).trim();
  const currency = form.get("currency");
  if (form.get("kind") !== "fixed") return { percent: amount };
  return { fixed: currency === null ? { amount } : { amount, currency: String(currency) } };
}
