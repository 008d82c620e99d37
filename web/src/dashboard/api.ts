import type { TypedDocumentString } from "./gql/graphql";

/** What went wrong with a request as a whole, fit to show. */
export class RequestFailed extends Error {
  constructor(
    message: string,
    readonly needsToken: boolean,
  ) {
    super(message);
  }
}

/** An answer: its data, and what is missing from it in words. */
export interface Answer<T> {
  data: T;
  notes: string[];
}

interface Body<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

const TOKEN = "referral-gateway-token";

/** The bearer token, kept as long as this browser tab. */
export const token = {
  get: (): string => sessionStorage.getItem(TOKEN) ?? "",
  set: (value: string): void => sessionStorage.setItem(TOKEN, value),
};

async function post<T>(body: object): Promise<{ status: number; body: Body<T> }> {
  const headers: Record<string, string> = {
    accept: "application/graphql-response+json, application/json;q=0.9",
    "content-type": "application/json",
  };
  if (token.get()) headers["authorization"] = `Bearer ${token.get()}`;
  const response = await fetch("./graphql", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body<T> };
}

/**
 * Runs an operation, by its identifier: the gateway knows the texts of its own dashboard's. Throws
 * RequestFailed when there is no data at all.
 */
export async function run<T, V>(operation: TypedDocumentString<T, V>, variables: V): Promise<Answer<T>> {
  const { status, body } = await post<T>({ documentId: operation.__meta__?.["hash"], variables });
  const messages = (body.errors ?? []).map((error) => error.message);
  if (body.data === undefined || body.data === null) {
    throw new RequestFailed(messages.join(" ") || `The gateway answered with status ${status}.`, status === 401);
  }
  return { data: body.data, notes: [...new Set(messages)] };
}
