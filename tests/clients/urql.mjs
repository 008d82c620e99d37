// urql against the server at that address: a plain query and a deferred one. Prints each result.
import { Client, fetchExchange } from "@urql/core";

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

console.log(JSON.stringify({ plain: await results(plain), deferred: await results(deferred) }));
