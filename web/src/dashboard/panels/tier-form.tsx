import type { FormEvent } from "react";

import { CreateTierDocument, DeleteTierDocument, type TierRowFragment, UpdateTierDocument } from "../gql/graphql";
import { Dialog, Field, OtherProblems, useChange } from "../parts/change";
import { DiscountFields, discountIn } from "../parts/discount";

const PATHS = [["name"], ["description"], ["referralsRequired"], ["couponValidityDays"], ["reward"]] as const;

/** A new tier, or changes to one. */
export function TierForm({
  programId,
  tier,
  close,
}: {
  programId: string;
  tier: TierRowFragment | null;
  close: () => void;
}) {
  const creation = useChange(CreateTierDocument, (data) => data.tierCreate?.errors ?? [], close);
  const update = useChange(UpdateTierDocument, (data) => data.tierUpdate?.errors ?? [], close);
  const removal = useChange(DeleteTierDocument, (data) => data.tierDelete?.errors ?? [], close);
  const problems = [...creation.problems, ...update.problems, ...removal.problems];
  const isPending = creation.isPending || update.isPending || removal.isPending;

  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim();
    const input = {
      name: text("name"),
      description: text("description") || null,
      referralsRequired: Number(text("referralsRequired")),
      ...(text("couponValidityDays") ? { couponValidityDays: Number(text("couponValidityDays")) } : {}),
      isActive: form.has("isActive"),
      reward: discountIn(form),
    };
    if (tier) update.make({ id: tier.id, input });
    else creation.make({ programId, input });
  }

  return (
    <Dialog title={tier ? `Tier “${tier.name}”` : "New tier"} close={close}>
      <form onSubmit={save} noValidate>
        <Field label="Name" path={PATHS[0]} problems={problems}>
          {(attributes) => <input {...attributes} name="name" defaultValue={tier?.name} />}
        </Field>
        <Field label="Description" path={PATHS[1]} problems={problems}>
          {(attributes) => <textarea {...attributes} name="description" defaultValue={tier?.description ?? ""} />}
        </Field>
        <Field label="Referrals required" path={PATHS[2]} problems={problems}>
          {(attributes) => (
            <input {...attributes} name="referralsRequired" type="number" defaultValue={tier?.referralsRequired ?? 1} />
          )}
        </Field>
        <DiscountFields now={tier?.reward} path={PATHS[4]} problems={problems} />
        <Field label="Days a coupon is valid" path={PATHS[3]} problems={problems}>
          {(attributes) => (
            <input {...attributes} name="couponValidityDays" type="number" defaultValue={tier?.couponValidityDays ?? ""} />
          )}
        </Field>
        <label>
          <input type="checkbox" name="isActive" defaultChecked={tier?.isActive ?? true} /> Switched on
        </label>
        <OtherProblems problems={problems} paths={PATHS} />
        <div className="row">
          <button disabled={isPending}>Save</button>
          {tier && (
            <button type="button" className="danger" disabled={isPending} onClick={() => removal.make({ id: tier.id })}>
              Delete
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
