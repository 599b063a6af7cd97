/** An answer of the server that is not a success, or no answer at all (`status` 0, code `unreachable`). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** The value that mutating calls must carry; set when the session is read. */
let csrfToken = "";

export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

/** For calls that do not go through `send`. */
export function currentCsrfToken(): string {
  return csrfToken;
}

export type SearchValue = string | number | boolean | readonly string[] | null | undefined;

/** A path of the server with its search parameters; empty ones are left out. */
export function url(path: string, search: Readonly<Record<string, SearchValue>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "") continue;
    for (const one of typeof value === "object" ? value : [String(value)]) parameters.append(name, one);
  }
  const query = parameters.toString();
  return query === "" ? path : `${path}?${query}`;
}

/** A path from segments, each escaped. @example path("dags", "a/b"); // "dags/a%2Fb" */
export function path(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => encodeURIComponent(segment)).join("/");
}

export function get<Body>(address: string, signal?: AbortSignal): Promise<Body> {
  return request<Body>(address, signal ? { signal } : {});
}

export function send<Body>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  address: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Body> {
  return request<Body>(address, {
    method,
    ...(signal === undefined ? {} : { signal }),
    headers: { "X-CSRF-Token": csrfToken, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function request<Body>(address: string, init: RequestInit): Promise<Body> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "");
  }
  const text = await response.text();
  if (!response.ok) throw errorOf(response.status, text);
  // The parsing edge: the server's types are agreed in @polyflow/contracts/wire; it is of the same release as this page.
  return (text === "" ? undefined : JSON.parse(text)) as Body;
}

/** What an answer that is no success says. */
export function errorOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as { detail?: unknown; code?: unknown };
    if (typeof body.detail === "string") return new ApiError(status, typeof body.code === "string" ? body.code : "unknown", body.detail);
  } catch {
    // A proxy's page in between is no JSON; its text is of no use to the reader.
  }
  return new ApiError(status, "unknown", `HTTP ${status}`);
}
