// What graphql-codegen's client preset made of `operations.graphql`, against the server at that
// address. Prints what came of the tour.
import { GraphQLClient } from "graphql-request";
import {
  CreateTierDocument,
  ProgramsDocument,
  ReferralsDocument,
  UpdateTierDocument,
  type DiscountInput,
  type MoneyInput,
  type ReferralsQueryVariables,
  type TierCreateInput,
} from "./gql/graphql.js";

const client = new GraphQLClient(process.argv[2]!);

const { programs } = await client.request(ProgramsDocument);
const referrals: [string, string][] = [];
const variables: ReferralsQueryVariables = { first: 64 };
let pages = 0;
for (let more = true; more; pages += 1) {
  const { edges, pageInfo } = (await client.request(ReferralsDocument, variables)).referrals;
  referrals.push(...edges.map(({ node }): [string, string] => [node.program.key, node.providerId]));
  variables.after = pageInfo.endCursor;
  more = pageInfo.hasNextPage;
}

const programId = programs.find(({ provider }) => provider.name === "Pixlpay")!.id;
const gold: TierCreateInput = { name: "Gold", referralsRequired: 25, reward: { percent: "12.50" } };
const { tierCreate } = await client.request(CreateTierDocument, { programId, input: gold });
const tier = tierCreate!.tier!;
const input = { name: "Golden", isActive: false };
const { tierUpdate } = await client.request(UpdateTierDocument, { id: tier.id, input });
const wrong: TierCreateInput = { ...gold, couponValidityDays: 400 };
const refused = await client.request(CreateTierDocument, { programId, input: wrong });

console.log(
  JSON.stringify({
    programs: programs.map(({ key }) => key),
    referrals,
    pages,
    reward: tier.reward,
    name: tierUpdate!.tier!.name,
    errors: refused.tierCreate!.errors.map(({ __typename, field }) => ({ __typename, field })),
  }),
);

// @ts-expect-error: a discount is one of the two, never both
export const both: DiscountInput = { percent: "1.00", fixed: { amount: "1.00" } };
// @ts-expect-error: an exact decimal is text
export const inexact: MoneyInput = { amount: 1.5 };
