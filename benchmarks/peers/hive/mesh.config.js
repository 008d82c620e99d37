// Composes the supergraph of both vendors out of samples of their answers, which the environment's
// SAMPLES holds by operation, with the schema on top.
import { readFileSync } from "node:fs";
import { defineConfig } from "@graphql-mesh/compose-cli";
import { loadJSONSchemaSubgraph } from "@omnigraph/json-schema";
import { paths, token } from "../operations.js";

const samples = process.env.SAMPLES;
const schema = readFileSync(new URL("../schema.graphql", import.meta.url), "utf8");

const operations = Object.entries(paths).map(([field, path]) => ({
  type: "Query",
  field,
  path,
  method: "GET",
  headers: { authorization: `Bearer ${token(field)}` },
  responseSample: `${samples}/${field}.json`,
  responseTypeName: `${field}Answer`,
  ...(path.includes("{args.id}") ? { argTypeMap: { id: { type: "string" } } } : {}),
}));

export const composeConfig = defineConfig({
  subgraphs: [
    { sourceHandler: loadJSONSchemaSubgraph("Shop", { endpoint: process.env.UPSTREAM, operations }) },
  ],
  additionalTypeDefs: schema.replace("type Query", "extend type Query"),
});
