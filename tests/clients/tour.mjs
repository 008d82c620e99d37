// What every client does with `operations.graphql`, through its own way of asking.
import { parse, separateOperations } from "graphql";
import { readFileSync } from "node:fs";

const TEXT = readFileSync(new URL("operations.graphql", import.meta.url), "utf8");
const { Programs, Referrals, CreateTier, UpdateTier } = separateOperations(parse(TEXT));

const GOLD = { name: "Gold", referralsRequired: 25, reward: { percent: "12.50" } };

// `ask(document, variables)` gives the data of an operation.
export async function tour(ask) {
  const { programs } = await ask(Programs, {});
  const referrals = [];
  let pages = 0;
  for (let after = null, more = true; more; pages += 1) {
    const { edges, pageInfo } = (await ask(Referrals, { first: 64, after })).referrals;
    referrals.push(...edges.map(({ node }) => [node.program.key, node.providerId]));
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  const programId = programs.find(({ provider }) => provider.name === "Pixlpay").id;
  const created = (await ask(CreateTier, { programId, input: GOLD })).tierCreate;
  const input = { name: "Golden", isActive: false };
  const updated = (await ask(UpdateTier, { id: created.tier.id, input })).tierUpdate;
  const wrong = { ...GOLD, couponValidityDays: 400 };
  const refused = (await ask(CreateTier, { programId, input: wrong })).tierCreate;
  return {
    programs: programs.map(({ key }) => key),
    referrals,
    pages,
    reward: created.tier.reward,
    name: updated.tier.name,
    errors: refused.errors.map(({ __typename, field }) => ({ __typename, field })),
  };
}
