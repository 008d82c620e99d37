const files = import.meta.glob<string>("./examples/*.graphql", {
  eager: true,
  import: "default",
  query: "?raw",
});

/** The tabs that the explorer opens with, in the order of their file names. */
export const examples = Object.keys(files)
  .sort()
  .map((name) => ({ query: files[name] ?? "" }));
