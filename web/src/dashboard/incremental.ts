// Answers in parts, as https://specs.apollo.dev/incremental/v0.2/ has them.

export interface ResponseError {
  message: string;
  extensions?: { code?: string; program?: string; isRetryable?: boolean; retryAfterSeconds?: number | null };
}

type Path = readonly (string | number)[];

/** A whole answer, or what comes before all deferred parts. */
export interface FirstPart {
  data?: unknown;
  errors?: ResponseError[];
  pending?: { id: string; path: Path }[];
  hasNext?: boolean;
}

export interface LaterPart {
  pending?: { id: string; path: Path }[];
  incremental?: { id: string; subPath?: Path; data: object; errors?: ResponseError[] }[];
  completed?: { id: string; errors?: ResponseError[] }[];
  hasNext: boolean;
}

/** The value with something added to the object at a path. What was there is left as it is. */
function withMore(value: unknown, path: Path, more: object): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return { ...(value as object), ...more };
  if (Array.isArray(value)) return value.with(Number(first), withMore(value[Number(first)], rest, more));
  const object = value as Record<string, unknown>;
  return { ...object, [first]: withMore(object[first], rest, more) };
}

/** An answer, put together as its parts come. */
export class PartialAnswer<T> {
  data: T | null | undefined;
  errors: readonly ResponseError[] = [];
  isWhole = false;

  private readonly paths = new Map<string, Path>();

  add(part: FirstPart | LaterPart): void {
    this.isWhole = !part.hasNext;
    for (const { id, path } of part.pending ?? []) this.paths.set(id, path);
    if ("incremental" in part || "completed" in part) {
      for (const { id, subPath = [], data, errors = [] } of part.incremental ?? []) {
        this.data = withMore(this.data, [...(this.paths.get(id) ?? []), ...subPath], data) as T;
        this.errors = [...this.errors, ...errors];
      }
      for (const { errors = [] } of part.completed ?? []) this.errors = [...this.errors, ...errors];
    } else if ("data" in part || "errors" in part) {
      this.data = part.data as T;
      this.errors = part.errors ?? [];
    }
  }
}
