import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useId, useRef } from "react";

import { RequestFailed, run } from "../api";
import type { ProblemFragment, TypedDocumentString } from "../gql/graphql";

/** Makes a change, and asks everything anew once it may have been made. */
export function useChange<T, V>(
  operation: TypedDocumentString<T, V>,
  problemsOf: (data: T) => readonly ProblemFragment[],
  done: () => void,
) {
  const queries = useQueryClient();
  const change = useMutation<ProblemFragment[], RequestFailed, V>({
    mutationFn: async (variables) => {
      const { data, notes } = await run(operation, variables);
      return [...problemsOf(data), ...notes.map((message) => ({ message, field: null }) as ProblemFragment)];
    },
    onSuccess: async (problems) => {
      await queries.invalidateQueries();
      if (problems.length === 0) done();
    },
  });
  const problems: readonly ProblemFragment[] = change.error
    ? [{ message: change.error.message, field: null } as ProblemFragment]
    : (change.data ?? []);
  return { make: change.mutate, isPending: change.isPending, problems };
}

/** Whether a problem is about a field of the form, given by its path in the input. */
function isAbout(problem: ProblemFragment, path: readonly string[]): boolean {
  const field = problem.field?.slice(1) ?? []; // the first is the argument, `input`
  return field.length > 0 && path.every((name, index) => field[index] === name);
}

/** A labelled field, with what the provider says of it beside it. */
export function Field({
  label,
  path,
  problems,
  children,
}: {
  label: string;
  path: readonly string[];
  problems: readonly ProblemFragment[];
  children: (attributes: { id: string; "aria-invalid": boolean; "aria-describedby": string }) => ReactNode;
}) {
  const id = useId();
  const own = problems.filter((problem) => isAbout(problem, path));
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": own.length > 0, "aria-describedby": `${id}-problem` })}
      <span id={`${id}-problem`} className="problem" role="alert">
        {own.map((problem) => problem.message).join(" ")}
      </span>
    </div>
  );
}

/** What is said of no field in particular. */
export function OtherProblems({
  problems,
  paths,
}: {
  problems: readonly ProblemFragment[];
  paths: readonly (readonly string[])[];
}) {
  const others = problems.filter((problem) => !paths.some((path) => isAbout(problem, path)));
  return others.map((problem) => (
    <p key={problem.message} className="notice bad" role="alert">
      {problem.message}
      {"mayHaveTakenEffect" in problem && problem.mayHaveTakenEffect && " It may have been made all the same."}
    </p>
  ));
}

/** A dialog that holds the focus, and is closed by Escape. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={close}>
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      {children}
    </dialog>
  );
}
