// Apollo Client against the server at that address: a query by its hash, a deferred one, and the
// tour. Prints what the client gave, and how it asked.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { createHash } from "node:crypto";
import { tour } from "./tour.mjs";

const [uri, persisted, deferred] = process.argv.slice(2);
const asked = [];

async function recording(address, options) {
  const response = await fetch(address, options);
  const body = options.body ?? new URL(address).search;
  asked.push({
    method: options.method,
    hasQuery: body.includes("query="),
    ...(options.body && { hasQuery: "query" in JSON.parse(options.body) }),
    status: response.status,
    contentType: response.headers.get("content-type"),
  });
  return response;
}

function client(...links) {
  return new ApolloClient({
    link: ApolloLink.from([...links, new HttpLink({ uri, fetch: recording })]),
    cache: new InMemoryCache(),
    incrementalHandler: new GraphQL17Alpha9Handler(),
    defaultOptions: { query: { fetchPolicy: "no-cache" }, watchQuery: { fetchPolicy: "no-cache" } },
  });
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const byHash = client(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }));
const data = [];
for (let round = 0; round < 2; round += 1) {
  data.push((await byHash.query({ query: gql(persisted) })).data);
}

const states = [];
await new Promise((resolve, reject) => {
  client()
    .watchQuery({ query: gql(deferred) })
    .subscribe({
      next: ({ data, dataState, error }) => {
        if (error) reject(error);
        states.push({ data, dataState });
        if (dataState === "complete") resolve();
      },
      error: reject,
    });
});

const usual = new ApolloClient({ link: new HttpLink({ uri }), cache: new InMemoryCache() });
async function ask(document, variables) {
  const [{ operation }] = document.definitions;
  const asking =
    operation === "mutation"
      ? usual.mutate({ mutation: document, variables })
      : usual.query({ query: document, variables });
  return (await asking).data;
}

console.log(JSON.stringify({ data, states, asked, tour: await tour(ask) }));
process.exit(0);
