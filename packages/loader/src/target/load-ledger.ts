import { createHash } from "node:crypto";
import type { LoadReport } from "@polyflow/contracts";
import type { FlowDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { functionDigest } from "../functions/project-function.ts";
import type { LoadInterval, LoadSubject } from "../load-request.ts";
import { identifier } from "../sql-text.ts";
import { tableName } from "./target-table.ts";

/** What makes two loads the same load. */
export interface LoadIdentity {
  readonly flow: string;
  /** Qualified and quoted. */
  readonly target: string;
  readonly mode: FlowDefinition["mode"];
  /** Changes when the description of the flow, its source or its entity does. */
  readonly definitionHash: string;
  readonly slice: string;
  readonly interval?: LoadInterval;
}

export function loadIdentity({ flow, source, entity, slice, interval, projectDir }: LoadSubject): LoadIdentity {
  const code = source.transform === undefined ? [] : [functionDigest(projectDir, "functions", source.transform)];
  // where the table lies is no part of what is loaded
  const { database: _database, ...described } = entity;
  const definition = JSON.stringify([flow, source, described, ...code]);
  const definitionHash = createHash("sha256").update(definition).digest("hex");
  return {
    flow: flow.name,
    target: tableName(entity),
    mode: flow.mode,
    definitionHash,
    slice: slice ?? (interval === undefined ? "" : `${interval.from}/${interval.to}`),
    ...(interval === undefined ? {} : { interval }),
  };
}

export interface LedgerEntry {
  readonly loadId: string;
  readonly fingerprint: string;
  readonly bytes: number;
  readonly report: LoadReport;
}

interface LedgerRow {
  readonly load_id: string;
  readonly flow: string;
  readonly slice: string;
  readonly definition_hash: string;
  readonly fingerprint: string;
  /** int8: a string. */
  readonly bytes: string;
  readonly report: LoadReport;
}

/** The memory of what has been loaded, in the target itself, so that it commits and rolls back with the data. */
export class LoadLedger {
  readonly #client: Client;
  readonly #schema: string;

  constructor(client: Client, systemSchema: string) {
    this.#client = client;
    this.#schema = identifier(systemSchema);
  }

  /**
   * Earlier loads that make a load of the same content superfluous. For append every one counts; the other modes
   * depend on what came in between, so only the latest load of the target does, whatever its flow. For a slice only loads count that
   * reach into its interval.
   */
  async superseding(identity: LoadIdentity): Promise<readonly LedgerEntry[]> {
    const answer = await this.#client.query<LedgerRow>(
      `select load_id, flow, slice, definition_hash, fingerprint, source_bytes as bytes, report from ${this.#schema}.load_ledger
        where target = $1 and status = 'loaded'
          and ($2::text is null or interval_from is null or (interval_from < $3 and interval_to > $2))
        order by finished_at desc ${identity.mode === "append" ? "" : "limit 1"}`,
      [identity.target, identity.interval?.from ?? null, identity.interval?.to ?? null],
    );
    return answer.rows
      .filter((row) => row.flow === identity.flow && row.slice === identity.slice && row.definition_hash === identity.definitionHash)
      .map((row) => ({ loadId: row.load_id, fingerprint: row.fingerprint, bytes: Number(row.bytes), report: row.report }));
  }

  async record(identity: LoadIdentity, report: LoadReport): Promise<void> {
    if (report.status === "loaded") {
      // only a forced load meets one: the earlier entry steps back
      await this.#client.query(
        `update ${this.#schema}.load_ledger set status = 'superseded'
          where target = $1 and flow = $2 and slice = $3 and fingerprint = $4 and definition_hash = $5 and status = 'loaded'`,
        [identity.target, identity.flow, identity.slice, report.source.sha256, identity.definitionHash],
      );
    }
    const columns = ledgerColumns(identity, report);
    const names = Object.keys(columns);
    const places = names.map((_, index) => `$${index + 1}`);
    await this.#client.query(
      `insert into ${this.#schema}.load_ledger (${names.join(", ")}) values (${places.join(", ")})`,
      Object.values(columns),
    );
  }
}

/** A row of the ledger, by column. */
export function ledgerColumns(identity: LoadIdentity, report: LoadReport): { readonly [column: string]: string | number | null } {
  return {
    load_id: report.loadId,
    flow: identity.flow,
    target: identity.target,
    target_schema: report.target.schema,
    target_table: report.target.table,
    mode: identity.mode,
    fingerprint: report.source.sha256,
    definition_hash: identity.definitionHash,
    slice: identity.slice,
    status: report.status,
    source_file: report.source.file,
    source_bytes: report.source.bytes,
    rows_read: report.rows.read,
    rows_loaded: report.rows.loaded,
    rows_rejected: report.rows.rejected,
    rows_filtered: report.rows.filtered,
    rows_target: report.rows.target,
    rows_inserted: report.rows.inserted,
    rows_updated: report.rows.updated,
    rows_unchanged: report.rows.unchanged,
    rows_deleted: report.rows.deleted,
    interval_from: identity.interval?.from ?? null,
    interval_to: identity.interval?.to ?? null,
    cursor_before: report.cursor?.before ?? null,
    cursor_after: report.cursor?.after ?? null,
    started_at: report.startedAt,
    report: JSON.stringify(report),
    error: report.error ?? null,
  };
}
