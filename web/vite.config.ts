import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../gateway/static",
    emptyOutDir: true,
    // Everything is a file of its own: the content security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    license: { fileName: "LICENSES.md" },
    rolldownOptions: { input: ["graphiql.html"] },
  },
  worker: { format: "es" },
});
