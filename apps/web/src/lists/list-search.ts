import { type RawSearch, textParam } from "../search-params.ts";

/** What lists are narrowed by; kept in the address, so that a link shows the same. */
const LIST_PARAMS = [
  "q",
  "dag",
  "run",
  "task",
  "key",
  "state",
  "type",
  "user",
  "event",
  "pool",
  "queue",
  "operator",
  "from",
  "until",
  "edit",
] as const;
export type ListParam = (typeof LIST_PARAMS)[number];
export type ListSearch = { readonly [Name in ListParam]?: string | undefined };

/** Reads the parameters that lists know out of an address. */
export function listSearch(raw: RawSearch): ListSearch {
  return Object.fromEntries(LIST_PARAMS.flatMap((name) => (textParam(raw[name]) === undefined ? [] : [[name, textParam(raw[name])]])));
}

/** Whether anything is filtered; `edit` only says what is open. */
export function isNarrowed({ edit: _edit, ...filters }: ListSearch): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** Start of a day chosen in a filter, as the server wants it; the day is the reader's own. */
export function dayStart(day: string | undefined): string | undefined {
  return toIso(day, 0);
}

/** End of the chosen day. */
export function dayEnd(day: string | undefined): string | undefined {
  return toIso(day, 1);
}

function toIso(day: string | undefined, plusDays: number): string | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? "");
  if (!match) return undefined;
  return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + plusDays).toISOString();
}
