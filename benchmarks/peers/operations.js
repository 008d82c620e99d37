// What is asked of the vendors, by the name of the operation.
const PIGGY = "/api/v3/oauth/clients";
const PIXLPAY = "/api/external/v1";

/** The path of each operation; `{args.id}` stands for an argument. */
export const paths = {
  piggySettings: `${PIGGY}/referrals/settings`,
  piggyTiers: `${PIGGY}/tiers`,
  piggyReferrals: `${PIGGY}/referrals?limit=100&page=1`,
  piggyCompleted: `${PIGGY}/referrals?limit=100&page=1&status=completed`,
  piggyContact: `${PIGGY}/contacts/{args.id}`,
  pixlpaySettings: `${PIXLPAY}/referrals/settings`,
  pixlpayTiers: `${PIXLPAY}/referrals/tiers`,
  pixlpayReferrals: `${PIXLPAY}/referrals?page=1&per_page=100`,
  pixlpayStatistics: `${PIXLPAY}/referrals/statistics`,
};

/** The token that an operation takes. */
export const token = (operation) =>
  operation.startsWith("piggy") ? process.env.BENCH_PIGGY_TOKEN : process.env.BENCH_PIXLPAY_TOKEN;
