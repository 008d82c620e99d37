// What a table of Retool shows of a GraphQL server, page after page, by the expressions that are set
// for it; those of columns get the value of the cell as `item`. Prints the pages.
const [url, query, settings] = process.argv.slice(2);
const { variables, rows, next, hasNext, columns } = JSON.parse(settings);

function valueOf(expression, names) {
  const [, code] = /^{{(.+)}}$/.exec(expression);
  return new Function(...Object.keys(names), `return (${code});`)(...Object.values(names));
}

function mapped(row) {
  const changed = Object.entries(columns).map(([key, expression]) => [
    key,
    valueOf(expression, { item: row[key] }) ?? null,
  ]);
  return { ...row, ...Object.fromEntries(changed) };
}

const pages = [];
const table1 = { pagination: { pageSize: 50, afterCursor: "" } };
for (let more = true; more; ) {
  const given = Object.entries(variables).map(([key, e]) => [key, valueOf(e, { table1 })]);
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: Object.fromEntries(given) }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  const referrals = { data };
  pages.push(valueOf(rows, { referrals }).map(mapped));
  table1.pagination.afterCursor = valueOf(next, { referrals });
  more = valueOf(hasNext, { referrals });
}
console.log(JSON.stringify(pages));
