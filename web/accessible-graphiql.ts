import type { Plugin } from "vite";

// What of GraphiQL is no serious fault to axe only when changed: the file, what stands there, and
// what has to stand there instead.
const CHANGES: readonly [string, string, string][] = [
  // A tab may not hold a second button, the one to close it; a list of buttons may.
  ["components/tabs/index.js", 'role: "tablist",', ""],
  ["components/tabs/index.js", 'role: "tab",', ""],
  ["components/tabs/index.js", '"aria-selected": isActive,', '"aria-current": isActive,'],
  // Too little contrast with what is behind them.
  [
    "dist/constants.js",
    '"editor.background": colors.transparent,',
    `"editor.background": colors.transparent,
    "editorLineNumber.foreground": theme === "dark" ? "#9aa5b1" : "#4f6370",
    "editorLineNumber.dimmedForeground": theme === "dark" ? "#9aa5b1" : "#4f6370",`,
  ],
  [
    "dist/constants.js",
    'foreground: "#6c69ce"',
    'foreground: "#5a57b8" }, { token: "number", foreground: "#07694a"',
  ],
  [
    "dist/constants.js",
    'foreground: "#908aff"',
    'foreground: "#908aff" }, { token: "comment", foreground: "#8ab876"',
  ],
];

/** Builds GraphiQL with these changes, and not at all where one no longer fits. */
export function accessibleGraphiql(): Plugin {
  const open = new Set(CHANGES);
  return {
    name: "accessible-graphiql",
    transform(code, id) {
      const path = id.replaceAll("\\", "/");
      if (!path.includes("@graphiql/react/")) return null;
      let changed = code;
      for (const change of CHANGES) {
        const [file, from, to] = change;
        if (!path.endsWith(file) || !changed.includes(from)) continue;
        changed = changed.replace(from, to);
        open.delete(change);
      }
      return changed === code ? null : { code: changed, map: null };
    },
    buildEnd() {
      for (const [file, from] of open) this.error(`${from} is no longer in ${file}`);
    },
  };
}
