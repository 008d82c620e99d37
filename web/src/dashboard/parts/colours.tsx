const COLOURS = 6;

/** The colour of a program, by its place among all. */
export function colourOf(index: number): string {
  return `var(--series-${(index % COLOURS) + 1})`;
}

/** A little of the colour that stands for a program. */
export function Swatch({ colour }: { colour: string }) {
  return <i className="swatch" style={{ background: colour }} />;
}
