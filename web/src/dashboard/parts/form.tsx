import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";

import type { ProblemFragment } from "../gql/graphql";

/** Whether a problem is about a field of the form, given by its path in the input. */
function isAbout(problem: ProblemFragment, path: readonly string[]): boolean {
  const field = problem.field?.slice(1) ?? []; // the first is the argument, `input`
  return field.length > 0 && path.every((name, index) => field[index] === name);
}

/** A form that a provider judges: what it says of a field is told there, and the focus goes there. */
export function Form({
  isPending,
  submit,
  children,
}: {
  isPending: boolean;
  submit: (values: FormData) => void;
  children: ReactNode;
}) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!isPending) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [isPending]);

  function submitted(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    submit(new FormData(event.currentTarget));
  }

  return (
    <form ref={form} onSubmit={submitted}>
      {children}
    </form>
  );
}

/** A labelled field, with what the provider says of it beside it. */
export function Field({
  label,
  hint,
  path,
  problems,
  children,
}: {
  label: string;
  hint?: string;
  path: readonly string[];
  problems: readonly ProblemFragment[];
  children: (attributes: { id: string; "aria-invalid": boolean; "aria-describedby": string }) => ReactNode;
}) {
  const id = useId();
  const own = problems.filter((problem) => isAbout(problem, path));
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {hint && <small>{hint}</small>}
      </label>
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
