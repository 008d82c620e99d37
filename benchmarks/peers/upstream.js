// Both vendors' APIs in the words of the schema. One origin and token a program.
import { Pool } from "undici";

const origin = process.env.UPSTREAM;
const pool = new Pool(origin, { connections: 32 });

const PIGGY = "/api/v3/oauth/clients";
const PIXLPAY = "/api/external/v1";
const STATUSES = {
  pending: "PENDING",
  in_progress: "PENDING",
  completed: "COMPLETED",
  successful: "COMPLETED",
  failed: "FAILED",
};
const TRIGGERS = { signup: "SIGNUP", first_purchase: "FIRST_PURCHASE" };

async function read(path, token) {
  const { statusCode, body } = await pool.request({
    method: "GET",
    path,
    headers: { authorization: `Bearer ${token}`, accept: "application/json" },
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`${statusCode} of ${path}`);
  }
  return body.json();
}

const status = (word) => STATUSES[word] ?? "UNKNOWN";
const instant = (text) => text?.replace("Z", "+00:00") ?? null;

class Piggy {
  key = "coral-avenue";
  name = "Coral Avenue";
  provider = { key: "piggy", name: "Piggy" };
  hasProfilesApart = true;
  #token = process.env.BENCH_PIGGY_TOKEN;

  async readReferrals(wanted) {
    const narrowed = wanted ? `&status=${wanted.toLowerCase()}` : "";
    const { data } = await read(`${PIGGY}/referrals?limit=100&page=1${narrowed}`, this.#token);
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

  async readSettings() {
    const { data } = await read(`${PIGGY}/referrals/settings`, this.#token);
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

  async readTiers() {
    const { data } = await read(`${PIGGY}/tiers`, this.#token);
    const tiers = data.filter((tier) => tier.name).map((tier) => ({ ...tier, providerId: tier.uuid }));
    return tiers.sort((a, b) => a.position - b.position);
  }

  async readProfile(uuid) {
    const { data } = await read(`${PIGGY}/contacts/${uuid}`, this.#token);
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
  #token = process.env.BENCH_PIXLPAY_TOKEN;

  async readReferrals(wanted) {
    const narrowed = wanted ? `&status=${wanted.toLowerCase()}` : "";
    const { data } = await read(`${PIXLPAY}/referrals?page=1&per_page=100${narrowed}`, this.#token);
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

  async readSettings() {
    const { data } = await read(`${PIXLPAY}/referrals/settings`, this.#token);
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

  async readTiers() {
    const { data } = await read(`${PIXLPAY}/referrals/tiers`, this.#token);
    const tiers = data.map((tier) => ({
      providerId: String(tier.id),
      name: tier.name,
      position: tier.sort_order,
      referralsRequired: tier.referrals_required,
      reward: { summary: tier.formatted_reward },
    }));
    return tiers.sort((a, b) => a.position - b.position);
  }

  async readStatistics() {
    const { data } = await read(`${PIXLPAY}/referrals/statistics`, this.#token);
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
