import { useState } from "react";

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

/** Leads through the pages of a list; nowhere to be seen where there is only one. */
export function PageLinks({
  label,
  pages,
  pageInfo,
}: {
  label: string;
  pages: ReturnType<typeof usePages>;
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}) {
  if (pages.number === 1 && !pageInfo.hasNextPage) return null;
  // Marked rather than disabled, so that the focus stays where it is on the first and last page.
  const link = (words: string, isThere: boolean, go: () => void) => (
    <button type="button" aria-disabled={!isThere} onClick={() => isThere && go()}>
      {words}
    </button>
  );
  return (
    <nav className="row" aria-label={label}>
      {link("Previous", pages.number > 1, pages.goBack)}
      <span aria-live="polite">Page {pages.number}</span>
      {link("Next", pageInfo.hasNextPage, () => pages.goOn(pageInfo.endCursor))}
    </nav>
  );
}
