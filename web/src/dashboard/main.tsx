import "./styles/page.css";
import "./styles/panels.css";
import "./styles/charts.css";
import "./styles/tables.css";
import "./styles/forms.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Dashboard } from "./dashboard";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // The gateway tries again itself, and what may pass is asked again in a while.
      retry: false,
    },
  },
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Dashboard />
    </QueryClientProvider>
  </StrictMode>,
);
