// Both vendors' answers in the words of the schema. `ask(operation, arguments)` gives the `data` of
// an answer, however it is got.

const STATUSES = {
  pending: "PENDING",
  in_progress: "PENDING",
  completed: "COMPLETED",
  successful: "COMPLETED",
  failed: "FAILED",
};
const TRIGGERS = { signup: "SIGNUP", first_purchase: "FIRST_PURCHASE" };

const status = (word) => STATUSES[word] ?? "UNKNOWN";
// Mesh has made a Date of it.
const instant = (told) =>
  (told instanceof Date ? told.toISOString().replace(".000Z", "Z") : told) ?? null;

class Piggy {
  key = "coral-avenue";
  name = "Coral Avenue";
  provider = { key: "piggy", name: "Piggy" };
  hasProfilesApart = true;

  async readReferrals(ask, wanted) {
    const data = await ask(wanted === "COMPLETED" ? "piggyCompleted" : "piggyReferrals");
    return data.map((row) => ({
      providerId: row.uuid,
      status: status(row.status),
      referredAt: null,
      referrer: this.#contact(row.referring_contact),
      referred: this.#contact(row.referred_contact),
    }));
  }

  #contact(contact) {
    return contact && { providerId: contact.uuid, email: contact.email, program: this };
  }

  async readSettings(ask) {
    const data = await ask("piggySettings");
    const event = data.completion_event;
    return {
      isEnabled: null,
      completionRule: event && {
        trigger: event.type === "loyalty_transaction" ? "LOYALTY_TRANSACTIONS" : "UNKNOWN",
        transactionsRequired: event.data.number_of_transactions,
      },
      referrerIncentive: incentive(data.referring_contact_incentive),
      referredIncentive: incentive(data.referred_contact_incentive),
    };
  }

  async readTiers(ask) {
    const data = await ask("piggyTiers");
    const tiers = data.filter((tier) => tier.name).map((tier) => ({ ...tier, providerId: tier.uuid }));
    return tiers.sort((a, b) => a.position - b.position);
  }

  async readProfile(ask, id) {
    const data = await ask("piggyContact", { id });
    const values = data.current_values;
    return {
      name: [values.firstname, values.lastname].filter(Boolean).join(" ") || null,
      referralCode: values.referral_code,
      loyaltyPoints: data.credit_balance?.balance ?? null,
    };
  }
}

function incentive(told) {
  if (!told) return null;
  if (told.type === "voucher") return { summary: told.data.promotion.name };
  return { summary: `${told.data.points} points` };
}

class Pixlpay {
  key = "block-haven";
  name = "Block Haven";
  provider = { key: "pixlpay", name: "Pixlpay" };
  hasProfilesApart = false;

  async readReferrals(ask) {
    const data = await ask("pixlpayReferrals");
    return data.map((row) => ({
      providerId: String(row.id),
      status: status(row.status),
      referredAt: instant(row.referred_at),
      referrer: this.#customer(row.referrer),
      referred: this.#customer(row),
    }));
  }

  #customer(row) {
    return (
      row && {
        providerId: String(row.id),
        email: row.email,
        name: row.name,
        referralCode: row.referral_code,
        program: this,
      }
    );
  }

  async readSettings(ask) {
    const data = await ask("pixlpaySettings");
    const event = data.referral_reward_event;
    const value = data.referral_welcome_discount_value;
    const isPercent = data.referral_welcome_discount_type === "percentage";
    return {
      isEnabled: data.referral_enabled,
      completionRule: event && { trigger: TRIGGERS[event] ?? "UNKNOWN", transactionsRequired: null },
      referrerIncentive: null,
      referredIncentive: data.referral_welcome_discount_enabled
        ? { summary: isPercent ? `${value}% off` : `${value} off` }
        : null,
    };
  }

  async readTiers(ask) {
    const data = await ask("pixlpayTiers");
    const tiers = data.map((tier) => ({
      providerId: String(tier.id),
      name: tier.name,
      position: tier.sort_order,
      referralsRequired: tier.referrals_required,
      reward: { summary: tier.formatted_reward },
    }));
    return tiers.sort((a, b) => a.position - b.position);
  }

  async readStatistics(ask) {
    const data = await ask("pixlpayStatistics");
    return {
      totalReferrals: data.total_referrals,
      successfulReferrals: data.successful_referrals,
      conversionPercent: data.conversion_rate,
      rewardsClaimed: data.rewards_claimed,
    };
  }
}

export const programs = [new Piggy(), new Pixlpay()];
export const programByKey = new Map(programs.map((program) => [program.key, program]));
