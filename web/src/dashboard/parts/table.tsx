import { type ReactNode, useState } from "react";

/** A table that scrolls by itself where it is wider than the page. */
export function Table({
  label,
  columns,
  children,
}: {
  label: string;
  columns: readonly string[];
  children: readonly ReactNode[];
}) {
  if (children.length === 0) return <p className="empty">None here.</p>;
  return (
    <div className="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Where each page so far began: cursors only lead onwards. */
export function usePages() {
  const [starts, setStarts] = useState<(string | null)[]>([null]);
  return {
    after: starts[starts.length - 1] ?? null,
    number: starts.length,
    startOver: () => setStarts([null]),
    goBack: () => setStarts(starts.slice(0, -1)),
    goOn: (endCursor: string | null | undefined) => setStarts([...starts, endCursor ?? null]),
  };
}

/** Leads through the pages of a list. */
export function PageLinks({
  label,
  pages,
  pageInfo,
}: {
  label: string;
  pages: ReturnType<typeof usePages>;
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}) {
  return (
    <nav className="row" aria-label={label}>
      <button type="button" disabled={pages.number === 1} onClick={pages.goBack}>
        Previous
      </button>
      <span>Page {pages.number}</span>
      <button type="button" disabled={!pageInfo.hasNextPage} onClick={() => pages.goOn(pageInfo.endCursor)}>
        Next
      </button>
    </nav>
  );
}
