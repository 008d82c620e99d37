import { readFileSync } from "node:fs";

import { defineConfig, type Plugin } from "vite";

import { accessibleGraphiql } from "./accessible-graphiql.ts";

/** The texts of the dashboard's operations, for a gateway that takes no others. */
const documents: Plugin = {
  name: "trusted-documents",
  generateBundle() {
    const source = readFileSync("src/dashboard/gql/persisted-documents.json", "utf8");
    this.emitFile({ type: "asset", fileName: "dashboard-documents.json", source });
  },
};

export default defineConfig({
  base: "./",
  plugins: [documents, accessibleGraphiql()],
  build: {
    outDir: "../gateway/static",
    emptyOutDir: true,
    // Everything is a file of its own: the content security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    license: { fileName: "LICENSES.md" },
    rolldownOptions: { input: ["graphiql.html", "dashboard.html"] },
  },
  worker: { format: "es" },
});
