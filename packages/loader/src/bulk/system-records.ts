import { type BulkSession, type JsonObject, type LoadReport, PolyflowError, type RuleResult } from "@polyflow/contracts";
import type { Drift } from "../contract/drift.ts";
import type { LoadSubject } from "../load-request.ts";
import type { LedgerEntry, LoadIdentity } from "../target/load-ledger.ts";
import { ledgerColumns } from "../target/load-ledger.ts";
import type { BulkType } from "./bulk-type.ts";
import type { BulkWords } from "./bulk-words.ts";
import type { RejectSpool } from "./reject-spool.ts";

type Value = string | number | null;

/** Rows of one `insert … values`: SQL Server takes a thousand. */
const ROWS_PER_INSERT = 500;

/** The system tables of a database that is loaded in bulk, as both of them take it. */
export class SystemRecords {
  readonly #session: BulkSession;
  readonly #words: BulkWords;
  readonly #schema: string;

  constructor(session: BulkSession, words: BulkWords, schema: string) {
    this.#session = session;
    this.#words = words;
    this.#schema = schema;
  }

  table(name: string): string {
    return this.#words.identifier(this.#schema, name);
  }

  /** Where rows of the ledger are read: each load once, in its latest state. */
  get ledger(): string {
    return this.#session.database === "clickhouse" ? `${this.table("load_ledger")} final` : this.table("load_ledger");
  }

  /** Earlier loads that may make this one superfluous, as the ledger of PostgreSQL picks them. */
  async superseding(identity: LoadIdentity): Promise<readonly LedgerEntry[]> {
    const { literal, first } = this.#words;
    const { interval } = identity;
    const touches =
      interval === undefined
        ? ""
        : ` and (interval_from is null or (interval_from < ${literal(interval.to)} and interval_to > ${literal(interval.from)}))`;
    const same = `flow = ${literal(identity.flow)} and slice = ${literal(identity.slice)} and definition_hash = ${literal(identity.definitionHash)}`;
    const isAppend = identity.mode === "append";
    const what = `load_id, fingerprint, source_bytes, report, case when ${same} then 1 else 0 end as is_same`;
    const where = `target = ${literal(identity.target)} and status = 'loaded'${touches}${isAppend ? ` and ${same}` : ""}`;
    const rows = await this.#session.query(
      first(isAppend ? 10_000 : 1, { what, from: `${this.ledger} where ${where} order by finished_at desc` }),
    );
    return rows
      .filter((row) => row["is_same"] === "1")
      .map((row) => ({
        loadId: (row["load_id"] ?? "").toLowerCase(),
        fingerprint: row["fingerprint"] ?? "",
        bytes: Number(row["source_bytes"]),
        report: JSON.parse(row["report"] ?? "{}") as LoadReport, // as the loader has written it
      }));
  }

  /** The latest load of a flow into a target. */
  async lastLoad(
    target: string,
    flow: string,
  ): Promise<{ readonly loadId: string; readonly finishedAt: string; readonly rows: number } | undefined> {
    const { literal, first } = this.#words;
    const where = `target = ${literal(target)} and flow = ${literal(flow)} and status = 'loaded'`;
    const [row] = await this.#session.query(
      first(1, { what: "load_id, report, rows_target", from: `${this.ledger} where ${where} order by finished_at desc` }),
    );
    if (row === undefined) return undefined;
    const { finishedAt } = JSON.parse(row["report"] ?? "{}") as LoadReport; // as the loader has written it
    return { loadId: (row["load_id"] ?? "").toLowerCase(), finishedAt, rows: Number(row["rows_target"]) };
  }

  /** Adds the row of a load; a forced load makes the earlier entry of the same content step back. */
  async recordLoad(identity: LoadIdentity, report: LoadReport, more: { readonly [column: string]: Value } = {}): Promise<void> {
    if (report.status === "loaded" && this.#session.database === "mssql") {
      const { literal } = this.#words;
      await this.#session.execute(
        `update ${this.table("load_ledger")} set status = 'superseded' where target = ${literal(identity.target)} and flow = ${literal(identity.flow)} and slice = ${literal(identity.slice)}` +
          ` and fingerprint = ${literal(report.source.sha256)} and definition_hash = ${literal(identity.definitionHash)} and status = 'loaded'`,
      );
    }
    await this.insert("load_ledger", [{ ...ledgerColumns(identity, report), ...more }]);
  }

  async writeRejects(spool: RejectSpool, of: { readonly loadId: string; readonly flow: string; readonly file: string }): Promise<void> {
    let rows: { readonly [column: string]: Value }[] = [];
    for await (const { row, field, raw, reason, record, action } of spool.read()) {
      rows.push({
        load_id: of.loadId,
        flow: of.flow,
        file: of.file,
        row_number: row,
        column_name: field,
        raw_value: raw,
        reason,
        record: JSON.stringify(record),
        action,
      });
      if (rows.length < ROWS_PER_INSERT) continue;
      await this.insert("reject", rows);
      rows = [];
    }
    await this.insert("reject", rows);
  }

  async writeRules(
    rules: readonly RuleResult[],
    samples: readonly { readonly rule: string; readonly record: string }[],
    of: { readonly loadId: string; readonly target: string },
  ): Promise<void> {
    const common = { load_id: of.loadId, target: of.target };
    await this.insert(
      "rule_result",
      rules.map(({ name, metric, column, severity, status, expected, actual, unit, note }) => ({
        ...common,
        rule: name,
        metric,
        column_name: column ?? null,
        severity,
        status,
        expected,
        actual,
        unit,
        note: note ?? null,
      })),
    );
    const positions = new Map<string, number>();
    const numbered = samples.map(({ rule, record }) => {
      const position = (positions.get(rule) ?? 0) + 1;
      positions.set(rule, position);
      return { ...common, rule, position, record };
    });
    await this.insert("rule_sample", numbered);
  }

  /** Keeps what a load has found; what is open already is only found once more, where rows can change. */
  async writeDrift(request: LoadSubject, target: string, drift: readonly Drift[]): Promise<void> {
    const { literal } = this.#words;
    for (const { kind, column, before, after, action } of drift) {
      if (this.#session.database === "mssql") {
        const again = await this.#session.execute(
          `update ${this.table("drift")} set times = times + 1, last_found_at = ${this.#words.now}, load_id = ${literal(request.loadId)}, action = ${literal(action)}` +
            ` where state = 'open' and flow = ${literal(request.flow.name)} and target = ${literal(target)} and kind = ${literal(kind)}` +
            ` and column_name = ${literal(column)} and coalesce(after, '') = ${literal(after ?? "")}`,
        );
        if (again > 0) continue;
      }
      const { flow, source, loadId } = request;
      await this.insert("drift", [
        { flow: flow.name, target, source: source.name, kind, column_name: column, before, after, action, load_id: loadId },
      ]);
    }
  }

  /** What the last committed load left of its source. */
  async sourceState(target: string, flow: string): Promise<JsonObject | undefined> {
    const { literal, first } = this.#words;
    const where = `target = ${literal(target)} and flow = ${literal(flow)}`;
    const from =
      this.#session.database === "clickhouse"
        ? `${this.ledger} where ${where} and status = 'loaded' and source_state is not null order by finished_at desc`
        : `${this.table("source_state")} where ${where}`;
    const what = this.#session.database === "clickhouse" ? "source_state as state" : "state";
    const [row] = await this.#session.query(first(1, { what, from }));
    return row === undefined ? undefined : (JSON.parse(row["state"] ?? "{}") as JsonObject); // as the loader has written it
  }

  /** Where the cursor of a flow stands; null before the first load. */
  async cursor(target: string, flow: string, column: string): Promise<string | null> {
    const { literal, first } = this.#words;
    const where = `target = ${literal(target)} and flow = ${literal(flow)}`;
    const [row] = await this.#session.query(
      this.#session.database === "clickhouse"
        ? first(1, {
            what: "cursor_after as value",
            from: `${this.ledger} where ${where} and status = 'loaded' and cursor_column = ${literal(column)} and cursor_after is not null order by finished_at desc`,
          })
        : first(1, { what: "value", from: `${this.table("load_cursor")} where ${where} and column_name = ${literal(column)}` }),
    );
    return row?.["value"] ?? null;
  }

  /** Moves the cursor forward, never back. */
  async moveCursor(to: {
    readonly target: string;
    readonly flow: string;
    readonly column: string;
    readonly value: string;
    readonly loadId: string;
    readonly type: BulkType;
  }): Promise<void> {
    const { literal, convert, bound, now } = this.#words;
    const table = this.table("load_cursor");
    const where = `target = ${literal(to.target)} and flow = ${literal(to.flow)} and column_name = ${literal(to.column)}`;
    const key = { target: to.target, flow: to.flow, column_name: to.column };
    const [there] = await this.#session.query(`select count(*) as n from ${table} where ${where}`);
    if (there?.["n"] === "0") return this.insert("load_cursor", [{ ...key, value: to.value, load_id: to.loadId }]);
    await this.#session.execute(
      `update ${table} set value = ${literal(to.value)}, load_id = ${literal(to.loadId)}, moved_at = ${now} where ${where} and ${convert("value", to.type)} < ${bound(to.value, to.type)}`,
    );
  }

  /** Which of these messages have been loaded. */
  async loadedMessages(flow: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { literal } = this.#words;
    const found = new Set<string>();
    // where nothing holds them together, a message counts once the ledger says that its load is done
    const isDone =
      this.#session.database === "clickhouse" ? ` and load_id in (select load_id from ${this.ledger} where status = 'loaded')` : "";
    for (let at = 0; at < ids.length; at += ROWS_PER_INSERT) {
      const list = ids.slice(at, at + ROWS_PER_INSERT).map((id) => literal(id));
      const rows = await this.#session.query(
        `select message_id from ${this.table("loaded_message")} where flow = ${literal(flow)} and message_id in (${list.join(", ")})${isDone}`,
      );
      for (const row of rows) found.add(row["message_id"] ?? "");
    }
    return found;
  }

  /** @throws PolyflowError `load_failed` when another load has loaded one of them meanwhile */
  async keepMessages(flow: string, loadId: string, ids: readonly string[]): Promise<void> {
    const again = await this.loadedMessages(flow, ids);
    if (again.size > 0) {
      throw new PolyflowError(
        "load_failed",
        `${again.size} messages of flow "${flow}" were loaded by another load meanwhile. Nothing was changed; run the load again, which leaves them out.`,
      );
    }
    await this.insert(
      "loaded_message",
      ids.map((id) => ({ flow, message_id: id, load_id: loadId })),
    );
  }

  async insert(table: string, rows: readonly { readonly [column: string]: Value }[]): Promise<void> {
    const [head] = rows;
    if (head === undefined) return;
    const { identifier } = this.#words;
    const columns = Object.keys(head);
    const values = rows.map((row) => `(${columns.map((column) => this.#value(row[column] ?? null)).join(", ")})`);
    for (let at = 0; at < values.length; at += ROWS_PER_INSERT) {
      await this.#session.execute(
        `insert into ${this.table(table)} (${columns.map((column) => identifier(column)).join(", ")}) values ${values.slice(at, at + ROWS_PER_INSERT).join(", ")}`,
      );
    }
  }

  #value(value: Value): string {
    if (value === null) return "null";
    return typeof value === "number" ? String(value) : this.#words.literal(value);
  }
}
