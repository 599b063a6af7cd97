import { PolyflowError } from "@polyflow/contracts";
import type { JsonObject } from "@polyflow/contracts";
import { Client } from "pg";
import type { LoadRequest } from "../load-request.ts";
import { identifier } from "../sql-text.ts";
import { openWindow } from "./load-window.ts";
import { migrateSystemSchema } from "./system-schema.ts";
import { tableName } from "./target-table.ts";

/** What the target remembers of a source that is read piece by piece: it commits with the data of the piece. */
export interface SourceMemory {
  /** What the last committed load left; undefined for the first one. */
  readonly state: JsonObject | undefined;
  /** Where the flow's cursor says that reading begins; null without a cursor, or at the beginning. */
  readonly cursorFrom: string | null;
  /** Which of these messages are loaded already. */
  loadedMessages(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * For `LoadRequest.beforeCommit`: keeps the new state and the messages in the transaction of the load.
   * @throws PolyflowError `load_failed` when another load has moved the state or loaded one of the messages meanwhile
   */
  remember(client: Client, next: { readonly state: JsonObject | undefined; readonly messageIds: readonly string[] }): Promise<void>;
  close(): Promise<void>;
}

/** Ids of messages are kept so long: whatever delivers a message twice does it sooner. */
const KEPT_DAYS = 30;

/** Opens what the target of a load remembers of its source. */
export async function openSourceMemory(request: LoadRequest): Promise<SourceMemory> {
  const { client: settings } = request.target;
  const systemSchema = request.systemSchema ?? "df";
  const schema = identifier(systemSchema);
  const client = new Client(typeof settings === "string" ? { connectionString: settings } : settings);
  // a lost connection fails the query in hand
  client.on("error", () => undefined);
  await client.connect();
  try {
    await migrateSystemSchema(client, systemSchema);
    const key = [tableName(request.entity), request.flow.name];
    const stored = await client.query<{ state: JsonObject }>(
      `select state from ${schema}.source_state where target = $1 and flow = $2`,
      key,
    );
    const window = await openWindow(client, systemSchema, request);
    const before = stored.rows[0]?.state;
    return {
      state: before,
      cursorFrom: window.position?.from ?? null,
      loadedMessages: (ids) => findLoaded(client, schema, { flow: request.flow.name, ids }),
      remember: async (within, { state, messageIds }) => {
        if (state !== undefined) await moveState(within, schema, { request, before, state });
        if (messageIds.length > 0) await keepMessages(within, schema, { request, messageIds });
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function findLoaded(
  client: Client,
  schema: string,
  { flow, ids }: { readonly flow: string; readonly ids: readonly string[] },
): Promise<ReadonlySet<string>> {
  const found = await client.query<{ message_id: string }>(
    `select message_id from ${schema}.loaded_message where flow = $1 and message_id = any($2::text[])`,
    [flow, ids],
  );
  return new Set(found.rows.map((row) => row.message_id));
}

interface Move {
  readonly request: LoadRequest;
  readonly before: JsonObject | undefined;
  readonly state: JsonObject;
}

/** Moves the state from what it was when the source was read: two loads that read the same piece must not both load it. */
async function moveState(client: Client, schema: string, { request, before, state }: Move): Promise<void> {
  const values = [tableName(request.entity), request.flow.name, JSON.stringify(state), request.loadId];
  const moved =
    before === undefined
      ? await client.query(
          `insert into ${schema}.source_state (target, flow, state, load_id) values ($1, $2, $3, $4) on conflict do nothing`,
          values,
        )
      : await client.query(
          `update ${schema}.source_state set state = $3, load_id = $4, moved_at = clock_timestamp()
            where target = $1 and flow = $2 and state = $5::jsonb`,
          [...values, JSON.stringify(before)],
        );
  if (moved.rowCount === 1) return;
  throw new PolyflowError(
    "load_failed",
    `Another load of the flow "${request.flow.name}" has read the same piece of source "${request.source.name}" and was faster. ` +
      "Nothing was changed; run the load again to read what comes after it.",
  );
}

async function keepMessages(
  client: Client,
  schema: string,
  { request, messageIds }: { readonly request: LoadRequest; readonly messageIds: readonly string[] },
): Promise<void> {
  const kept = await client.query(
    `insert into ${schema}.loaded_message (flow, message_id, load_id) select $1, id, $2 from unnest($3::text[]) as id on conflict do nothing`,
    [request.flow.name, request.loadId, messageIds],
  );
  if (kept.rowCount !== messageIds.length) {
    throw new PolyflowError(
      "load_failed",
      `${messageIds.length - (kept.rowCount ?? 0)} messages of source "${request.source.name}" were loaded by another load meanwhile. ` +
        "Nothing was changed; run the load again, which leaves them out.",
    );
  }
  await client.query(`delete from ${schema}.loaded_message where flow = $1 and loaded_at < now() - make_interval(days => $2)`, [
    request.flow.name,
    KEPT_DAYS,
  ]);
}
