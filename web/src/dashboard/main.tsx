import "./dashboard.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { RequestFailed } from "./api";
import { Dashboard } from "./dashboard";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // The gateway tries again itself; what it refuses is refused.
      retry: (count, error) => !(error instanceof RequestFailed) && count < 2,
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
