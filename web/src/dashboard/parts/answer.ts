import { keepPreviousData, type QueryKey, useQuery } from "@tanstack/react-query";

import { type Answer, answers, RequestFailed } from "../api";
import type { SourceFragment, TypedDocumentString } from "../gql/graphql";

const ASK_AGAIN_MS = 10_000;

interface Failure {
  isRetryable: boolean;
  retryAfterSeconds?: number | null;
}

export function keyOf<T, V>(operation: TypedDocumentString<T, V>): QueryKey {
  return [operation.__meta__?.["hash"]];
}

/** Every report of a source in an answer, wherever it stands. */
function sourcesIn(value: unknown): SourceFragment[] {
  if (typeof value !== "object" || value === null) return [];
  if ("__typename" in value && value.__typename === "SourceReport") return [value as SourceFragment];
  return Object.values(value).flatMap(sourcesIn);
}

/** In how many milliseconds what failed may do better; null when it will not. */
function waitAfter({ isRetryable, retryAfterSeconds }: Failure): number | null {
  return isRetryable ? Math.max(ASK_AGAIN_MS, (retryAfterSeconds ?? 0) * 1000) : null;
}

/** In how many milliseconds a source may have more to tell; null when it has told all. */
function waitFor({ status, isComplete, error }: SourceFragment): number | null {
  if (error) return waitAfter(error);
  return status === "STALE" || (status === "FRESH" && !isComplete) ? ASK_AGAIN_MS : null;
}

/** When to ask again, so that what is missing appears by itself. */
function askAgainIn(data: Answer<unknown> | undefined, error: RequestFailed | null): number | false {
  if (error) return error.mayPass && ASK_AGAIN_MS;
  const waits = [...sourcesIn(data?.data).map(waitFor), ...(data?.notes ?? []).map(waitAfter)].filter(
    (wait) => wait !== null,
  );
  return waits.length > 0 && Math.min(...waits);
}

/**
 * What an operation answers: what there is of it as soon as it is there, and what there was while
 * other variables are asked for. It is asked again while something of it fails that may do better, or
 * a source has more to tell.
 */
export function useAnswer<T, V>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  { everyMs, enabled = true }: { everyMs?: (data: T | undefined) => number; enabled?: boolean } = {},
) {
  return useQuery<Answer<T>, RequestFailed>({
    queryKey: [...keyOf(operation), variables],
    queryFn: async ({ client, queryKey, signal }) => {
      let last: Answer<T> | undefined;
      const isNew = client.getQueryData(queryKey) === undefined;
      for await (const answer of answers(operation, variables, signal)) {
        last = answer;
        // What is shown already stays until all that follows it is there.
        if (isNew) client.setQueryData(queryKey, answer);
      }
      return last as Answer<T>;
    },
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => everyMs?.(state.data?.data) ?? askAgainIn(state.data, state.error),
  });
}

/** An operation that was asked, as far as it has an answer. */
export interface Asked<T> {
  data: Answer<T> | undefined;
  error: RequestFailed | null;
  isFetching: boolean;
  isPlaceholderData: boolean;
}

/** Whether more of an answer is on its way. */
export function isArriving({ data, isFetching, isPlaceholderData }: Asked<unknown>): boolean {
  return isFetching && (!data?.isWhole || isPlaceholderData);
}
