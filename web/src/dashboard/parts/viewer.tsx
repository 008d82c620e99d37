import { createContext, useContext } from "react";

import type { Scope } from "../gql/graphql";

/** What whoever looks at the page may do. */
export const Scopes = createContext<readonly Scope[]>([]);

export function useMay(scope: Scope): boolean {
  return useContext(Scopes).includes(scope);
}

/** As configurations and tokens write them. */
const WRITTEN = {
  REFERRALS_READ: "referrals:read",
  REFERRALS_WRITE: "referrals:write",
  PEOPLE_READ: "people:read",
  ADMIN: "admin",
} as const satisfies Record<Scope, string>;

/** Says why one cannot do something here, to those who lack the scope for it. */
export function Withheld({ to, scope }: { to: string; scope: Scope }) {
  if (useMay(scope)) return null;
  return (
    <p className="empty">
      Only callers with the scope <code>{WRITTEN[scope]}</code> can {to}.
    </p>
  );
}
