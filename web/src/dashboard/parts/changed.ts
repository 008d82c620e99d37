/** The entries of an input that are not as they were; all that were not there before. */
export function changed<T extends object>(input: T, before: Partial<T>): Partial<T> {
  const isOther = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(before[name as keyof T]);
  return Object.fromEntries(Object.entries(input).filter(isOther)) as Partial<T>;
}
