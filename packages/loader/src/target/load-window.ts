import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn, LoadCursor } from "@polyflow/metadata-model";
import type { Client } from "pg";
import type { RowFilter } from "../cast/row-filter.ts";
import { familyOf } from "../cast/type-family.ts";
import type { LoadRequest } from "../load-request.ts";
import { identifier, literal } from "../sql-text.ts";
import { tableName } from "./target-table.ts";

/** Where an incremental load begins. */
export interface CursorPosition {
  readonly cursor: LoadCursor;
  readonly physicalType: string;
  /** The greatest value that earlier loads have loaded; null before the first. */
  readonly before: string | null;
  /** `before` less the lookback: records from here on are loaded; null: all. */
  readonly from: string | null;
}

/** Which records a load takes, and which rows of the target it may touch. */
export interface LoadWindow {
  readonly filters: readonly RowFilter[];
  /** SQL conditions on the target's alias `t`. */
  readonly within: readonly string[];
  /** Undefined without a cursor, and while a slice is loaded: backfilling the past does not move the cursor. */
  readonly position?: CursorPosition;
}

/** Reads the cursor and puts it together with the interval of the slice. */
export async function openWindow(client: Client, systemSchema: string, request: LoadRequest): Promise<LoadWindow> {
  const { flow, interval } = request;
  if (interval !== undefined) return intervalWindow(request, interval);
  if (flow.cursor === undefined) return { filters: [], within: [] };
  const position = await readPosition(client, systemSchema, request, flow.cursor);
  const { from, physicalType, cursor } = position;
  const skipsNull = cursor.onNull === "skip";
  if (from === null) {
    const filters = skipsNull ? [{ column: cursor.column, keeps: (value: string) => `${value} is not null` }] : [];
    return { filters, within: [], position };
  }
  const start = `${literal(from)}::${physicalType}`;
  const keeps = (value: string): string => (skipsNull ? `${value} >= ${start}` : `(${value} >= ${start} or ${value} is null)`);
  return { filters: [{ column: cursor.column, keeps }], within: [keeps(`t.${identifier(cursor.column)}`)], position };
}

function intervalWindow(request: LoadRequest, interval: { readonly from: string; readonly to: string }): LoadWindow {
  const { flow } = request;
  if (flow.sliceBy === undefined) {
    throw new PolyflowError(
      "metadata_invalid",
      `The flow "${flow.name}" cannot be loaded by intervals: it does not say which column they cut. Write \`load: {slice_by: <column>}\` in ${flow.file}.`,
    );
  }
  const { physicalType } = columnOf(request, flow.sliceBy);
  const bound = (text: string): string => `${literal(text)}::${physicalType}`;
  const keeps = (value: string): string => `(${value} >= ${bound(interval.from)} and ${value} < ${bound(interval.to)})`;
  return { filters: [{ column: flow.sliceBy, keeps }], within: [keeps(`t.${identifier(flow.sliceBy)}`)] };
}

async function readPosition(client: Client, systemSchema: string, request: LoadRequest, cursor: LoadCursor): Promise<CursorPosition> {
  const { physicalType } = columnOf(request, cursor.column);
  const target = tableName(request.entity);
  const stored = await client.query<{ value: string }>(
    `select value from ${identifier(systemSchema)}.load_cursor where target = $1 and flow = $2 and column_name = $3`,
    [target, request.flow.name, cursor.column],
  );
  const before = stored.rows[0]?.value ?? null;
  if (before === null || cursor.lookback === undefined) return { cursor, physicalType, before, from: before };
  const isNumber = ["integer", "number"].includes(familyOf(physicalType).kind);
  if (isNumber !== /^[\d.]+$/.test(cursor.lookback)) {
    throw new PolyflowError(
      "metadata_invalid",
      `The lookback "${cursor.lookback}" of flow "${request.flow.name}" does not fit the cursor of type ${physicalType}; write ${isNumber ? "a number" : "a span like `2 days`"}.`,
    );
  }
  const back = isNumber ? cursor.lookback : `interval ${literal(cursor.lookback)}`;
  const answer = await client.query<{ start: string }>(
    `select (${literal(before)}::${physicalType} - ${back})::${physicalType}::text as start`,
  );
  return { cursor, physicalType, before, from: answer.rows[0]?.start ?? before };
}

function columnOf({ entity, flow }: LoadRequest, name: string): EntityColumn {
  const column = entity.columns.find((candidate) => candidate.column === name);
  if (column !== undefined) return column;
  throw new PolyflowError("internal", `The flow "${flow.name}" names the unknown column "${name}".`);
}

/** Moves the cursor forward, never back, in the transaction of the data. */
export async function moveCursor(
  client: Client,
  systemSchema: string,
  move: { readonly request: LoadRequest; readonly position: CursorPosition; readonly greatest: string | null },
): Promise<void> {
  const { request, position, greatest } = move;
  if (greatest === null) return;
  await client.query(
    `insert into ${identifier(systemSchema)}.load_cursor as c (target, flow, column_name, value, load_id) values ($1, $2, $3, $4, $5)
     on conflict (target, flow, column_name) do update set value = excluded.value, load_id = excluded.load_id, moved_at = clock_timestamp()
      where excluded.value::${position.physicalType} > c.value::${position.physicalType}`,
    [tableName(request.entity), request.flow.name, position.cursor.column, greatest, request.loadId],
  );
}
