// Must come first: it tells the editor where its workers are.
import "graphiql/setup-workers/vite";

import "@graphiql/plugin-explorer/style.css";
import "graphiql/style.css";
import "./graphiql.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { examples } from "./examples";

const fetcher = createGraphiQLFetcher({ url: new URL("graphql", location.href).href });
const asked = new URLSearchParams(location.search).get("query") ?? undefined;
// There is no room for headers beside the question on a phone; a tap shows them.
const isNarrow = matchMedia("(width < 45rem)").matches;

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <GraphiQL
      fetcher={fetcher}
      plugins={[HISTORY_PLUGIN, explorerPlugin()]}
      // The bearer token lives as long as this browser tab, and no longer.
      storage={sessionStorage}
      shouldPersistHeaders
      initialQuery={asked}
      defaultTabs={examples}
      initialHeaders={"{}"}
      defaultEditorToolsVisibility={isNarrow ? false : "headers"}
    />
  </StrictMode>,
);
