import { PolyflowError, type RestExtract, type RestPaging } from "@polyflow/contracts";
import { parseExactJson, scalarText, valueAtPath } from "./exact-json.ts";
import type { HttpSession, SessionRequest } from "./http-session.ts";

/** What one answer of an API holds. */
export interface RestPage {
  readonly records: readonly unknown[];
}

/** A larger answer is a sign that the API should be asked in pages. */
const LARGEST_PAGE_BYTES = 256 << 20;
const MOST_PAGES = 100_000;
const TRIES = 5;

/**
 * The pages of a list, one after the other.
 * @param query parameters beside those of the source
 * @throws PolyflowError `external_system_failed`, `source_unreadable` for answers that are not as the source says
 */
export async function* restPages(
  session: HttpSession,
  source: RestExtract,
  options: { readonly name: string; readonly query: { readonly [name: string]: string }; readonly signal: AbortSignal },
): AsyncGenerator<RestPage, void> {
  const first: SessionRequest = {
    path: source.path,
    ...(source.method === undefined ? {} : { method: source.method }),
    query: { ...source.query, ...options.query, ...firstQuery(source.paging) },
    headers: {
      accept: "application/json",
      ...(source.body === undefined ? {} : { "content-type": "application/json" }),
      ...source.headers,
    },
    ...(source.body === undefined ? {} : { body: JSON.stringify(source.body) }),
    tries: source.tries ?? TRIES,
    signal: options.signal,
  };
  const seen = new Set<string>();
  let records = 0;
  for (let request: SessionRequest | undefined = first, page = 1; request !== undefined; page++) {
    if (page > (source.maxPages ?? MOST_PAGES)) throw endless(options.name, page - 1, "raise `maxPages` if there are more");
    const { text, answer } = await session.sendForText(request, LARGEST_PAGE_BYTES);
    const value = parsed(options.name, text);
    const found = recordsOf(options.name, source, value);
    yield { records: found };
    records += found.length;
    const link = answer.headers["link"];
    request = nextRequest(first, source.paging, { value, count: found.length, records, page, link: Array.isArray(link) ? link[0] : link });
    const key = JSON.stringify([request?.path, request?.query]);
    if (request !== undefined && seen.has(key)) throw endless(options.name, page, "the same page is named twice: correct `paging`");
    seen.add(key);
  }
}

function firstQuery(paging: RestPaging | undefined): NonNullable<SessionRequest["query"]> {
  switch (paging?.kind) {
    case "page":
      return { [paging.parameter ?? "page"]: paging.first ?? 1, ...sizeOf(paging) };
    case "offset":
      return { [paging.parameter ?? "offset"]: 0, [paging.sizeParameter ?? "limit"]: paging.size };
    case "cursor":
      return sizeOf(paging);
    case "link":
    case "nextUrl":
    case undefined:
      return {};
  }
}

function sizeOf({
  sizeParameter,
  size,
}: {
  readonly sizeParameter?: string;
  readonly size?: number;
}): NonNullable<SessionRequest["query"]> {
  return sizeParameter === undefined || size === undefined ? {} : { [sizeParameter]: size };
}

interface Answered {
  readonly value: unknown;
  /** Records of this page, and of all so far. */
  readonly count: number;
  readonly records: number;
  readonly page: number;
  readonly link: string | undefined;
}

function nextRequest(first: SessionRequest, paging: RestPaging | undefined, answered: Answered): SessionRequest | undefined {
  const asking = (query: NonNullable<SessionRequest["query"]>): SessionRequest => ({ ...first, query: { ...first.query, ...query } });
  switch (paging?.kind) {
    case "page":
      return isLastPage(paging, answered) ? undefined : asking({ [paging.parameter ?? "page"]: (paging.first ?? 1) + answered.page });
    case "offset":
      return isLastPage(paging, answered) ? undefined : asking({ [paging.parameter ?? "offset"]: answered.records });
    case "cursor": {
      const cursor = scalarText(valueAtPath(answered.value, paging.next));
      return cursor === undefined ? undefined : asking({ [paging.parameter]: cursor });
    }
    case "link":
      return withAddress(first, nextLink(answered.link));
    case "nextUrl":
      return withAddress(first, scalarText(valueAtPath(answered.value, paging.next)));
    case undefined:
      return undefined;
  }
}

function isLastPage({ size }: { readonly size?: number }, { count }: Answered): boolean {
  return count === 0 || (size !== undefined && count < size);
}

/** The next page's address is whole: our own parameters are in it already. */
function withAddress({ query: _query, ...first }: SessionRequest, url: string | undefined): SessionRequest | undefined {
  return url === undefined ? undefined : { ...first, path: url };
}

/** `<https://…>; rel="next", <…>; rel="last"` */
export function nextLink(header: string | undefined): string | undefined {
  for (const match of (header ?? "").matchAll(/<([^>]*)>([^<]*)/g)) {
    const [, url, parameters = ""] = match;
    const rel = /;\s*rel\s*=\s*"?([^";,]+)"?/i.exec(parameters)?.[1] ?? "";
    if (rel.toLowerCase().split(/\s+/).includes("next")) return url;
  }
  return undefined;
}

function parsed(name: string, text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PolyflowError(
      "source_unreadable",
      `Source "${name}" expects JSON, and the answer is none: ${error.message}. It begins: ${text.slice(0, 200)}`,
      {
        cause: error,
      },
    );
  }
}

function recordsOf(name: string, { records = "" }: RestExtract, value: unknown): readonly unknown[] {
  const found = valueAtPath(value, records);
  if (Array.isArray(found)) return found;
  // an empty list is left out by some services
  if (found === null || (found === undefined && records !== "")) return [];
  const keys = typeof value === "object" && value !== null ? Object.keys(value).slice(0, 20).join(", ") : typeof value;
  throw new PolyflowError(
    "source_unreadable",
    `Source "${name}": ${records === "" ? "the answer" : `\`${records}\` of the answer`} is no list; the answer has: ${keys}. Name the list's place with \`records\`.`,
  );
}

function endless(name: string, pages: number, what: string): PolyflowError {
  return new PolyflowError("source_unreadable", `Source "${name}" did not end after ${pages} pages; ${what}.`);
}
