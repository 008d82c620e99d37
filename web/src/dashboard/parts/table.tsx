import type { ReactNode } from "react";

import type { SourceFragment } from "../gql/graphql";
import { haveToldAll } from "./sources";

interface Column {
  name: string;
  /** Whether it has figures, which stand below each other by their last digit. */
  isFigure?: boolean;
}

/** A table that scrolls by itself where it is wider than the page. */
export function Table({
  label,
  columns,
  empty = "None here.",
  sources = [],
  children,
}: {
  label: string;
  columns: readonly (string | Column)[];
  /** What to say where there is nothing, if that is certain. */
  empty?: string;
  sources?: readonly SourceFragment[];
  children: readonly ReactNode[];
}) {
  if (children.length === 0) return haveToldAll(sources) ? <p className="empty">{empty}</p> : null;
  return (
    <div className="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => {
              const { name, isFigure } = typeof column === "string" ? { name: column } : column;
              return (
                <th key={name} scope="col" className={isFigure ? "figure" : undefined}>
                  {name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
