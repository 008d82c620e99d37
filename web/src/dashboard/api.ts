import { meros } from "meros/browser";

import type { TypedDocumentString } from "./gql/graphql";
import { type FirstPart, type LaterPart, PartialAnswer, type ResponseError } from "./incremental";

/** What went wrong with a request as a whole, fit to show. */
export class RequestFailed extends Error {
  /** @param status - that of the answer; null when there was none */
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message);
  }

  get needsToken(): boolean {
    return this.status === 401;
  }

  /** Whether the same request may do better later. */
  get mayPass(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}

/** Something that is missing from an answer, in words. */
export interface Note {
  message: string;
  /** The key of the program that it is about. */
  program?: string;
  /** Whether it may be there later, and after how many seconds it is worth asking. */
  isRetryable: boolean;
  retryAfterSeconds: number | null;
}

/** An answer as far as it is there. */
export interface Answer<T> {
  data: T;
  notes: Note[];
  /** Whether no more of it comes. */
  isWhole: boolean;
}

const TOKEN = "referral-gateway-token";
const tokenChanged = new EventTarget();

/** The bearer token, kept as long as this browser tab. */
export const token = {
  get: (): string => sessionStorage.getItem(TOKEN) ?? "",
  set: (value: string): void => {
    sessionStorage.setItem(TOKEN, value);
    tokenChanged.dispatchEvent(new Event("change"));
  },
  forget: (): void => {
    sessionStorage.removeItem(TOKEN);
    tokenChanged.dispatchEvent(new Event("change"));
  },
  /** Calls `changed` whenever there is another, until what is returned is called. */
  watch: (changed: () => void): (() => void) => {
    tokenChanged.addEventListener("change", changed);
    return () => tokenChanged.removeEventListener("change", changed);
  },
};

const PARTS = "multipart/mixed;incrementalSpec=v0.2";
const UNREACHABLE = "The gateway cannot be reached.";
const BROKEN_OFF = "The answer broke off.";

/** Passes on what `promise` gives; a connection that fails is a RequestFailed, giving up is not. */
async function connected<T>(promise: Promise<T>, message: string, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestFailed(message, null);
  }
}

async function* partsOf(body: object, signal: AbortSignal | undefined): AsyncGenerator<[number, FirstPart | LaterPart]> {
  const headers: Record<string, string> = {
    accept: `${PARTS}, application/graphql-response+json, application/json;q=0.9`,
    "content-type": "application/json",
  };
  if (token.get()) headers["authorization"] = `Bearer ${token.get()}`;
  const request = { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null };
  const response = await connected(fetch("./graphql", request), UNREACHABLE, signal);
  const parts = await meros<FirstPart | LaterPart>(response);
  if (parts instanceof Response) {
    const failed = `The gateway answered with status ${response.status}.`;
    try {
      yield [response.status, (await parts.json()) as FirstPart];
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new RequestFailed(failed, response.status);
    }
    return;
  }
  const iterator = parts[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await connected(iterator.next(), BROKEN_OFF, signal);
    if (done) return;
    if (!value.json) throw new RequestFailed(BROKEN_OFF, null);
    yield [response.status, value.body];
  }
}

function notesOf(errors: readonly ResponseError[]): Note[] {
  const notes = new Map<string, Note>();
  for (const { message, extensions } of errors) {
    const { program, isRetryable = false, retryAfterSeconds = null } = extensions ?? {};
    const note = { message, isRetryable, retryAfterSeconds };
    notes.set(`${program} ${message}`, program === undefined ? note : { ...note, program });
  }
  return [...notes.values()];
}

/**
 * Runs an operation, by its identifier: the gateway knows the texts of its own dashboard's. Yields
 * the answer as often as more of it is there. Throws RequestFailed when there is no data at all, and
 * when an answer breaks off.
 */
export async function* answers<T, V>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  signal?: AbortSignal,
): AsyncGenerator<Answer<T>> {
  const answer = new PartialAnswer<T>();
  for await (const [status, part] of partsOf({ documentId: operation.__meta__?.["hash"], variables }, signal)) {
    answer.add(part);
    if (answer.data === undefined || answer.data === null) {
      const messages = answer.errors.map((error) => error.message).join(" ");
      throw new RequestFailed(messages || `The gateway answered with status ${status}.`, status);
    }
    yield { data: answer.data, notes: notesOf(answer.errors), isWhole: answer.isWhole };
  }
  if (!answer.isWhole) throw new RequestFailed(BROKEN_OFF, null);
}

/** The whole answer of an operation. Throws RequestFailed. */
export async function run<T, V>(operation: TypedDocumentString<T, V>, variables: V): Promise<Answer<T>> {
  let last: Answer<T> | undefined;
  for await (const answer of answers(operation, variables)) last = answer;
  return last as Answer<T>;
}
