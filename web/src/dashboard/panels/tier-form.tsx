import { useState } from "react";

import {
  CreateTierDocument,
  DeleteTierDocument,
  type DeleteTierMutation,
  type TierCreateInput,
  type TierRowFragment,
  UpdateTierDocument,
} from "../gql/graphql";
import { useChange } from "../parts/change";
import { changed } from "../parts/changed";
import { Dialog } from "../parts/dialog";
import { DiscountFields, discountIn, discountOf } from "../parts/discount";
import { Field, Form, OtherProblems } from "../parts/form";

const PATHS = {
  name: ["name"],
  description: ["description"],
  referralsRequired: ["referralsRequired"],
  couponValidityDays: ["couponValidityDays"],
  reward: ["reward"],
} as const;

function inputOf(tier: TierRowFragment): Partial<TierCreateInput> {
  const { name, description, referralsRequired, couponValidityDays, isActive, reward } = tier;
  const input = { name, description, couponValidityDays, isActive };
  return { ...input, referralsRequired: referralsRequired ?? undefined, reward: discountOf(reward) };
}

function inputIn(form: FormData): TierCreateInput {
  const text = (name: string) => String(form.get(name)).trim();
  return {
    name: text("name"),
    description: text("description") || null,
    referralsRequired: Number(text("referralsRequired")),
    couponValidityDays: text("couponValidityDays") ? Number(text("couponValidityDays")) : undefined,
    isActive: form.has("isActive"),
    reward: discountIn(form),
  };
}

function outcomeOf(deletion: DeleteTierMutation["tierDelete"]): string {
  if (deletion?.deletedTierId) return "The tier was deleted.";
  if (deletion?.deactivatedTier) return "The tier was switched off and not deleted, as somebody has claimed it.";
  return "It was deleted or switched off: what became of the tier could not be read.";
}

/** A new tier, or changes to one; `done` is told what was made of it. */
export function TierForm({
  programId,
  tier,
  close,
  done,
}: {
  programId: string;
  tier: TierRowFragment | null;
  close: () => void;
  done: (outcome: string) => void;
}) {
  const [isDeleting, setIsDeleting] = useState(false);
  const creation = useChange(CreateTierDocument, (data) => data.tierCreate?.errors ?? [], () => done("The tier was added."));
  const update = useChange(UpdateTierDocument, (data) => data.tierUpdate?.errors ?? [], () => done("The tier was changed."));
  const removal = useChange(
    DeleteTierDocument,
    (data) => data.tierDelete?.errors ?? [],
    ({ tierDelete }) => done(outcomeOf(tierDelete)),
  );
  const problems = [...creation.problems, ...update.problems, ...removal.problems];
  const isPending = creation.isPending || update.isPending || removal.isPending;

  function save(form: FormData) {
    const input = inputIn(form);
    if (tier === null) return creation.make({ programId, input });
    const changes = changed(input, inputOf(tier));
    return Object.keys(changes).length > 0 ? update.make({ id: tier.id, input: changes }) : close();
  }

  return (
    <Dialog title={tier ? tier.name : "New tier"} close={close}>
      <Form isPending={isPending} submit={save}>
        <Field label="Name" path={PATHS.name} problems={problems}>
          {(attributes) => <input {...attributes} name="name" defaultValue={tier?.name} required />}
        </Field>
        <Field label="Description" hint="may be left out" path={PATHS.description} problems={problems}>
          {(attributes) => (
            <textarea {...attributes} name="description" rows={2} defaultValue={tier?.description ?? ""} />
          )}
        </Field>
        <div className="fields">
          <Field label="Referrals required" path={PATHS.referralsRequired} problems={problems}>
            {(attributes) => (
              <input
                {...attributes}
                name="referralsRequired"
                type="number"
                defaultValue={tier?.referralsRequired ?? 1}
                required
              />
            )}
          </Field>
          <Field label="Days a coupon is valid" path={PATHS.couponValidityDays} problems={problems}>
            {(attributes) => (
              <input
                {...attributes}
                name="couponValidityDays"
                type="number"
                defaultValue={tier?.couponValidityDays ?? (tier ? "" : 30)}
              />
            )}
          </Field>
        </div>
        <DiscountFields now={discountOf(tier?.reward)} path={PATHS.reward} problems={problems} />
        <label className="check">
          <input type="checkbox" name="isActive" defaultChecked={tier?.isActive ?? true} /> Switched on
        </label>
        <OtherProblems problems={problems} paths={Object.values(PATHS)} />
        <div className="row buttons">
          <button className="main-button" disabled={isPending}>
            {isPending ? "Saving…" : "Save"}
          </button>
          {tier && !isDeleting && (
            <button type="button" className="danger" disabled={isPending} onClick={() => setIsDeleting(true)}>
              Delete…
            </button>
          )}
          {tier && isDeleting && (
            <>
              <button
                type="button"
                className="danger"
                autoFocus
                disabled={isPending}
                onClick={() => removal.make({ id: tier.id })}
              >
                Really delete
              </button>
              <button type="button" disabled={isPending} onClick={() => setIsDeleting(false)}>
                Keep it
              </button>
            </>
          )}
        </div>
      </Form>
    </Dialog>
  );
}
