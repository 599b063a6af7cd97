import { PolyflowError } from "@polyflow/contracts";
import type { Client } from "pg";
import { identifier } from "../sql-text.ts";
import { EXPORT_COLUMNS, unguarded } from "./export-rejects.ts";

/** Where rejects are changed. */
export interface RejectSession {
  readonly client: Client;
  /** @default "df" */
  readonly systemSchema?: string;
}

type Values = { readonly [field: string]: string | null };

interface Found {
  readonly load_id: string;
  readonly row_number: string;
  readonly record: unknown;
  readonly state: string;
}

/**
 * Corrects the record of a reject; all rejects of the record then wait for a replay.
 * @param values field of the file → new text; null: no value
 * @throws PolyflowError `request_invalid` for a reject that is not there, has been loaded already, or has no such field
 */
export async function fixReject({ client, systemSchema = "df" }: RejectSession, rejectId: number, values: Values): Promise<void> {
  const table = `${identifier(systemSchema)}.reject`;
  const answer = await client.query<Found>(`select load_id, row_number, record, state from ${table} where reject_id = $1`, [rejectId]);
  const reject = answer.rows[0];
  if (reject === undefined) throw refused(`There is no reject ${rejectId}.`);
  if (reject.state === "replayed") throw refused(`The reject ${rejectId} has been loaded already.`);
  const fields = typeof reject.record === "object" && reject.record !== null ? Object.keys(reject.record) : undefined;
  if (fields === undefined)
    throw refused(`The record of reject ${rejectId} could not be taken apart, so it has no fields. Correct it in the file.`);
  const unknown = Object.keys(values).filter((field) => !fields.includes(field));
  if (unknown.length > 0) throw refused(`The record of reject ${rejectId} has no ${unknown.join(", ")}; it has ${fields.join(", ")}.`);
  await client.query(
    `update ${table} set fixed_record = coalesce(fixed_record, record) || $3::jsonb, state = 'fixed'
      where load_id = $1 and row_number = $2 and state in ('open', 'fixed', 'dismissed')`,
    [reject.load_id, reject.row_number, JSON.stringify(values)],
  );
}

/** Takes rejects off the list of things to do. @returns how many */
export async function dismissRejects(
  { client, systemSchema = "df" }: RejectSession,
  which: { readonly loadId: string; readonly rejectId?: number },
): Promise<number> {
  const answer = await client.query(
    `update ${identifier(systemSchema)}.reject set state = 'dismissed'
      where load_id = $1 and ($2::bigint is null or reject_id = $2) and state in ('open', 'fixed')`,
    [which.loadId, which.rejectId ?? null],
  );
  return answer.rowCount ?? 0;
}

/**
 * Corrects all records of an export (CSV or xlsx) whose fields somebody has changed in it.
 * @returns how many records were corrected
 * @throws PolyflowError `request_invalid` for a file that is not such an export
 */
export async function fixRejectsFromExport(session: RejectSession, file: Uint8Array): Promise<number> {
  const [header = [], ...rows] = await readTable(file);
  if (header[0] !== EXPORT_COLUMNS[0]) {
    throw refused(`The file does not begin with a column ${EXPORT_COLUMNS[0]}: it is not an export of rejects.`);
  }
  const { client, systemSchema = "df" } = session;
  let fixed = 0;
  for (const cells of rows) {
    const rejectId = Number(cells[0]);
    const answer = await client.query<{ record: unknown }>(
      `select coalesce(fixed_record, record) as record from ${identifier(systemSchema)}.reject where reject_id = $1 and state <> 'replayed'`,
      [rejectId],
    );
    const record: unknown = answer.rows[0]?.record;
    if (typeof record !== "object" || record === null) continue;
    const changes = changesOf(record, header.map(String), cells);
    if (Object.keys(changes).length === 0) continue;
    await fixReject(session, rejectId, changes);
    fixed++;
  }
  return fixed;
}

function changesOf(record: object, header: readonly string[], cells: readonly (string | null)[]): Values {
  const changes: Record<string, string | null> = {};
  for (const [index, field] of header.entries()) {
    if (index < EXPORT_COLUMNS.length || !Object.hasOwn(record, field)) continue;
    const before: unknown = Reflect.get(record, field);
    const after = cells[index] ?? null;
    // a workbook knows no difference between no value and an empty text
    if ((before ?? "") !== (after ?? "")) changes[field] = after;
  }
  return changes;
}

async function readTable(file: Uint8Array): Promise<readonly (readonly (string | null)[])[]> {
  const { read, utils } = await import("@e965/xlsx");
  const isWorkbook = file[0] === 0x50 && file[1] === 0x4b;
  // `raw`: texts stay texts, nothing becomes a number or a date
  const book = isWorkbook ? read(file, { type: "array", raw: true }) : read(new TextDecoder().decode(file), { type: "string", raw: true });
  const sheet = book.Sheets[book.SheetNames[0] ?? ""];
  if (sheet === undefined) return [];
  const rows: (string | number | null)[][] = utils.sheet_to_json(sheet, { header: 1, raw: false, defval: null });
  const textOf = (cell: string | number): string => (isWorkbook ? String(cell) : unguarded(String(cell)));
  return rows.map((cells) => cells.map((cell) => (cell === null ? null : textOf(cell))));
}

function refused(message: string): PolyflowError {
  return new PolyflowError("request_invalid", message);
}
