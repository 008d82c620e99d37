import { useMutation, useQueryClient } from "@tanstack/react-query";

import { RequestFailed, run } from "../api";
import { type ProblemFragment, RulesDocument, type TypedDocumentString } from "../gql/graphql";
import { keyOf } from "./answer";

function problemOf(message: string): ProblemFragment {
  return { message, field: null };
}

/** Makes a change of the rules, and asks for them anew once it may have been made. */
export function useChange<T, V>(
  operation: TypedDocumentString<T, V>,
  problemsOf: (data: T) => readonly ProblemFragment[],
  done: (data: T) => void,
) {
  const queries = useQueryClient();
  const change = useMutation<{ data: T; problems: ProblemFragment[] }, RequestFailed, V>({
    mutationFn: async (variables) => {
      const { data, notes } = await run(operation, variables);
      return { data, problems: [...problemsOf(data), ...notes.map((note) => problemOf(note.message))] };
    },
    onSuccess: async ({ data, problems }) => {
      await queries.invalidateQueries({ queryKey: keyOf(RulesDocument) });
      if (problems.length === 0) done(data);
    },
  });
  const problems: readonly ProblemFragment[] = change.error
    ? [problemOf(change.error.message)]
    : (change.data?.problems ?? []);
  return { make: change.mutate, isPending: change.isPending, problems };
}
