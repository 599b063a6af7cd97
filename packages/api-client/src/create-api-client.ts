import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./generated/schema.gen.ts";

/** A value, or a function that is asked at each call. */
type Source = string | (() => string | undefined);

export interface ApiClientOptions {
  /** Address of the server, with its base path if it has one; in a browser "" for the page's own server. */
  readonly baseUrl: string;
  /** Bearer token of `POST /auth/token`; for programs. */
  readonly token?: Source;
  /** CSRF token of `GET /ui/session`; for pages, whose browser sends the session's cookie along. */
  readonly csrf?: Source;
  /** Default: the platform's own. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Typed calls of the public REST API: `client.GET("/api/v2/dags", { params: { query: { limit: 10 } } })`. */
export type ApiClient = Client<paths>;

/**
 * Makes a client of the public REST API. Its calls resolve to `{ data, error, response }`; `answerOf` gives the data or throws.
 * @example
 * const client = createApiClient({ baseUrl: "http://127.0.0.1:8080", token });
 * const { dags } = await answerOf(client.GET("/api/v2/dags"));
 */
export function createApiClient({ baseUrl, token, csrf, fetch }: ApiClientOptions): ApiClient {
  const client = createClient<paths>({
    baseUrl: baseUrl.replace(/\/+$/, ""),
    credentials: "same-origin",
    ...(fetch === undefined ? {} : { fetch }),
  });
  client.use({
    onRequest({ request }) {
      setHeader(request, "authorization", valueOf(token), "Bearer ");
      if (request.method !== "GET" && request.method !== "HEAD") setHeader(request, "x-csrf-token", valueOf(csrf));
      return request;
    },
  });
  return client;
}

function valueOf(source: Source | undefined): string | undefined {
  return typeof source === "function" ? source() : source;
}

function setHeader(request: Request, name: string, value: string | undefined, prefix = ""): void {
  if (value !== undefined && value !== "") request.headers.set(name, prefix + value);
}
