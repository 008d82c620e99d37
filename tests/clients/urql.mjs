// urql against the server at that address: a plain query, a deferred one, and the tour. Prints each
// result.
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { tour } from "./tour.mjs";

const [url, plain, deferred] = process.argv.slice(2);
const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });

async function results(query) {
  const found = [];
  await new Promise((resolve) => {
    client.query(query, {}).subscribe((result) => {
      found.push({ data: result.data, error: result.error?.message, hasNext: result.hasNext });
      if (!result.hasNext) resolve();
    });
  });
  return found;
}

const usual = new Client({ url, exchanges: [cacheExchange, fetchExchange], preferGetMethod: false });
async function ask(document, variables) {
  const [{ operation }] = document.definitions;
  const { data, error } = await usual[operation](document, variables);
  if (error) throw error;
  return data;
}

console.log(
  JSON.stringify({
    plain: await results(plain),
    deferred: await results(deferred),
    tour: await tour(ask),
  }),
);
