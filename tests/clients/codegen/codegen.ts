import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: "operations.graphql",
  generates: {
    "./gql/": {
      preset: "client",
      config: {
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { CurrencyCode: "string", Date: "string", DateTime: "string", Decimal: "string", JSON: "unknown" },
      },
    },
  },
  importExtension: ".js",
};

export default config;
