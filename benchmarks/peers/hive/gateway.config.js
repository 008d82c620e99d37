// Hive Gateway over the composed supergraph, whose path the environment's SUPERGRAPH tells.
import { defineConfig } from "@graphql-hive/gateway";
import { resolversOver } from "../shop.js";

const CONTACT = "{ uuid email }";
const REFERRAL = `{ data { uuid status referring_contact ${CONTACT} referred_contact ${CONTACT} } }`;

const selections = {
  piggySettings: `{ data {
    completion_event { type data { number_of_transactions } }
    referring_contact_incentive { type data { promotion { name } } }
    referred_contact_incentive { type data { points } }
  } }`,
  piggyTiers: "{ data { uuid name position } }",
  piggyReferrals: REFERRAL,
  piggyCompleted: REFERRAL,
  piggyContact: "{ data { credit_balance { balance } current_values { firstname lastname referral_code } } }",
  pixlpaySettings: `{ data {
    referral_enabled referral_reward_event
    referral_welcome_discount_enabled referral_welcome_discount_type referral_welcome_discount_value
  } }`,
  pixlpayTiers: "{ data { id name sort_order referrals_required formatted_reward } }",
  pixlpayReferrals:
    "{ data { id name email status referred_at referrer { id name email referral_code } } }",
  pixlpayStatistics:
    "{ data { total_referrals successful_referrals conversion_rate rewards_claimed } }",
};

const asking = (context, info) => async (operation, args) => {
  const answer = await context.Shop.Query[operation]({
    root: {},
    args: args ?? {},
    context,
    info,
    selectionSet: selections[operation],
  });
  return answer.data;
};

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH,
  additionalResolvers: resolversOver(asking),
});
