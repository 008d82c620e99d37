// Relay's runtime against the server at that address, with what its compiler made of `tour.js`.
// Prints what came of the tour, and the referrals of one program.
import relay from "relay-runtime";
import CreateTier from "./__generated__/tourCreateTierMutation.graphql.js";
import Program from "./__generated__/tourProgramQuery.graphql.js";
import programPages from "./__generated__/tour_program.graphql.js";
import Programs from "./__generated__/tourProgramsQuery.graphql.js";
import Referrals from "./__generated__/tourReferralsQuery.graphql.js";
import referralPages from "./__generated__/tour_referrals.graphql.js";
import UpdateTier from "./__generated__/tourUpdateTierMutation.graphql.js";

const FIRST = 64;
const GOLD = { name: "Gold", referralsRequired: 25, reward: { percent: "12.50" } };

const environment = new relay.Environment({
  network: relay.Network.create(async ({ text }, variables) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ query: text, variables });
    return (await fetch(process.argv[2], { method: "POST", headers, body })).json();
  }),
  store: new relay.Store(new relay.RecordSource()),
});

const ask = (query, variables) => relay.fetchQuery(environment, query, variables).toPromise();

function change(mutation, variables) {
  return new Promise((onCompleted, onError) =>
    relay.commitMutation(environment, { mutation, variables, onCompleted, onError }),
  );
}

// All of a connection, page by page into the store, as `usePaginationFragment` does it.
async function walk(fragment, parent, variables) {
  const { connectionPathInFragmentData, identifierField, paginationMetadata, paginationRequest } =
    relay.getPaginationMetadata(fragment, "walk");
  for (let pages = 1; ; pages += 1) {
    const { data } = environment.lookup(relay.getSelector(fragment, parent));
    const connection = connectionPathInFragmentData.reduce((at, step) => at[step], data);
    const { endCursor, hasNextPage } = connection.pageInfo;
    if (!hasNextPage) {
      const rows = connection.edges.map(({ node }) => [node.program.key, node.providerId]);
      return { rows, pages };
    }
    const next = relay.getPaginationVariables(
      "forward", FIRST, endCursor, variables, {}, paginationMetadata,
    );
    await ask(paginationRequest, identifierField ? { ...next, id: data[identifierField] } : next);
  }
}

// The answer stays in the store while its query is retained.
async function kept(query, variables) {
  const operation = relay.createOperationDescriptor(relay.getRequest(query), variables);
  environment.retain(operation);
  await ask(query, variables);
  return environment.lookup(operation.fragment).data;
}

const { programs } = await ask(Programs, {});
const all = await walk(referralPages, await kept(Referrals, { first: FIRST }), {});
const { id, key } = programs.find(({ provider }) => provider.name === "Pixlpay");
const { program } = await kept(Program, { key, first: FIRST });
const ofProgram = await walk(programPages, program, {});

const created = (await change(CreateTier, { programId: id, input: GOLD })).tierCreate;
const input = { name: "Golden", isActive: false };
const updated = (await change(UpdateTier, { id: created.tier.id, input })).tierUpdate;
const wrong = { ...GOLD, couponValidityDays: 400 };
const refused = (await change(CreateTier, { programId: id, input: wrong })).tierCreate;
console.log(
  JSON.stringify({
    programs: programs.map(({ key }) => key),
    referrals: all.rows,
    pages: all.pages,
    ofProgram: ofProgram.rows,
    reward: created.tier.reward,
    name: updated.tier.name,
    errors: refused.errors.map(({ __typename, field }) => ({ __typename, field })),
  }),
);
