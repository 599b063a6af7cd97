import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

export interface Pool {
  readonly name: string;
  readonly slots: number;
  readonly description: string | null;
  readonly occupied_slots: number;
  readonly running_slots: number;
  readonly queued_slots: number;
  readonly scheduled_slots: number;
  readonly deferred_slots: number;
  readonly open_slots: number;
}
export interface PoolBody {
  readonly name: string;
  readonly slots: number;
  readonly description: string | null;
}

export interface Variable {
  readonly key: string;
  readonly value: string;
  readonly description: string | null;
}
export interface VariableBody {
  readonly key: string;
  readonly value?: unknown;
  readonly description?: string | null;
}

export interface Connection {
  readonly connection_id: string;
  readonly conn_type: string;
  readonly description: string | null;
  readonly host: string | null;
  readonly login: string | null;
  readonly schema: string | null;
  readonly port: number | null;
  /** `***` when there is one. */
  readonly password: string | null;
  readonly extra: string | null;
}
export type ConnectionBody = Partial<Connection> & Pick<Connection, "connection_id" | "conn_type">;

/** What was done of one kind of bulk change. */
export interface BulkOutcome {
  readonly success: readonly string[];
  readonly errors: readonly { readonly name: string; readonly error: string }[];
}
type BulkAnswer = Readonly<Record<"create" | "update" | "delete", BulkOutcome | null>>;

export type Existing = "fail" | "skip" | "overwrite";

/** The lists are small (hundreds): the server gives them whole, and the page narrows them. */
const WHOLE = { limit: 500 };
type AdminList = "pools" | "variables" | "connections";

export const poolsQuery = queryOptions({
  queryKey: ["pools"],
  queryFn: async ({ signal }) => whole<"pools", Pool>("pools", signal),
});
export const variablesQuery = queryOptions({
  queryKey: ["variables"],
  queryFn: async ({ signal }) => whole<"variables", Variable>("variables", signal),
});
export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async ({ signal }) => whole<"connections", Connection>("connections", signal),
});

/** All pages of a list, one after the other. */
async function whole<Name extends AdminList, Row>(name: Name, signal: AbortSignal): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let total = 1; rows.length < total; ) {
    const page = await get<{ total_entries: number } & Record<Name, readonly Row[]>>(
      url(`/api/v2/${name}`, { ...WHOLE, offset: rows.length }),
      signal,
    );
    if (page[name].length === 0) break;
    rows.push(...page[name]);
    total = page.total_entries;
  }
  return rows;
}

export function createOne(list: AdminList, body: PoolBody | VariableBody | ConnectionBody): Promise<unknown> {
  return send("POST", `/api/v2/${list}`, body);
}

export function changeOne(list: AdminList, name: string, body: object): Promise<unknown> {
  return send("PATCH", `/api/v2/${path(list, name)}`, body);
}

export async function createMany(list: AdminList, entities: readonly object[], existing: Existing): Promise<BulkOutcome> {
  const actions = [{ action: "create", action_on_existence: existing, entities }];
  return (await send<BulkAnswer>("PATCH", `/api/v2/${list}`, { actions })).create ?? NOTHING;
}

/** Deletes by name. @throws Error with the first refusal when something could not be deleted. */
export async function deleteMany(list: AdminList, names: readonly string[]): Promise<void> {
  const actions = [{ action: "delete", action_on_non_existence: "skip", entities: names }];
  const [refusal] = (await send<BulkAnswer>("PATCH", `/api/v2/${list}`, { actions })).delete?.errors ?? [];
  if (refusal) throw new Error(`${refusal.name}: ${refusal.error}`);
}

const NOTHING: BulkOutcome = { success: [], errors: [] };

export interface ConfigSection {
  readonly name: string;
  readonly options: readonly { readonly key: string; readonly value: string }[];
}
export const configurationQuery = queryOptions({
  queryKey: ["configuration"],
  queryFn: ({ signal }) => get<{ sections: readonly ConfigSection[] }>("/api/v2/config", signal),
});

export interface Provider {
  readonly package_name: string;
  readonly description: string;
  readonly version: string;
  readonly documentation_url: string | null;
}
export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => get<{ providers: readonly Provider[] }>(url("/api/v2/providers", WHOLE), signal),
});

export interface Plugin {
  readonly name: string;
  readonly source: string;
  readonly macros: readonly string[];
  readonly timetables: readonly string[];
  readonly listeners: readonly string[];
}
export const pluginsQuery = queryOptions({
  queryKey: ["plugins"],
  queryFn: ({ signal }) => get<{ plugins: readonly Plugin[] }>(url("/api/v2/plugins", WHOLE), signal),
});
