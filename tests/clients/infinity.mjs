// What Grafana's Infinity makes of the answer of a GraphQL server: rows picked by a root selector in
// JSONata, and of each the columns. Prints the rows.
import jsonata from "jsonata";

const [url, query, root, ...columns] = process.argv.slice(2);
const response = await fetch(url, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query, variables: {} }),
});
const rows = await jsonata(root).evaluate(await response.json());
const cells = (row) =>
  columns.map(async (column) => [column, (await jsonata(column).evaluate(row)) ?? null]);
const picked = rows.map(async (row) => Object.fromEntries(await Promise.all(cells(row))));
console.log(JSON.stringify(await Promise.all(picked)));
