import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";

import { type Answer, RequestFailed, run } from "../api";
import type { TypedDocumentString } from "../gql/graphql";

/** What an operation answers, asked anew when its variables change. */
export function useAnswer<T, V>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  options: { enabled?: boolean; refetchInterval?: number } = {},
) {
  return useQuery<Answer<T>, RequestFailed>({
    queryKey: [operation.__meta__?.["hash"], variables],
    queryFn: () => run(operation, variables),
    ...options,
  });
}

interface Asked<T> {
  data: Answer<T> | undefined;
  error: RequestFailed | null;
  isPending: boolean;
}

/** A titled part of the page, which loads, fails and is told of by itself. */
export function Panel<T>({
  title,
  asked,
  wide = false,
  actions,
  children,
}: {
  title: string;
  asked: Asked<T>;
  wide?: boolean;
  actions?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const id = useId();
  return (
    <section className={wide ? "panel wide" : "panel"} aria-labelledby={id} aria-busy={asked.isPending}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {asked.error && (
        <p className="notice bad" role="alert">
          {asked.error.message}
        </p>
      )}
      {asked.data?.notes.map((note) => (
        <p key={note} className="notice bad" role="status">
          {note}
        </p>
      ))}
      {asked.data ? children(asked.data.data) : !asked.error && <div className="skeleton">Loading…</div>}
    </section>
  );
}
