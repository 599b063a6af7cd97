import { type BulkSession, PolyflowError } from "@polyflow/contracts";
import type { EntityColumn, EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import { LOADED_AT_COLUMN, LOAD_ID_COLUMN } from "../target/strategy/write-shape.ts";
import type { WriteShape } from "../target/strategy/write-shape.ts";
import { systemColumns } from "../target/table-statements.ts";
import type { MissingColumns, TableAccess } from "../target/target-table.ts";
import type { BulkColumn, BulkEngine } from "./bulk-engine.ts";
import { ClickhouseIntents } from "./clickhouse-intents.ts";
import type { Intent } from "./clickhouse-intents.ts";
import { clickhouseSystemTables } from "./clickhouse-system-tables.ts";
import { clickhouseType } from "./clickhouse-types.ts";
import { clickhouseWords } from "./clickhouse-words.ts";
import { SystemRecords } from "./system-records.ts";

const { identifier, literal } = clickhouseWords;

export interface ClickhouseLoad {
  readonly entity: EntityDefinition;
  readonly systemSchema: string;
  readonly intent: Intent;
}

/**
 * ClickHouse has no transactions over several statements. The rows go into a twin of the table, where the rules look at them; then the twin
 * becomes the table (`exchange tables`), or its parts become parts of the table (`attach partition`), one step each. A note in the ledger
 * that a load has begun to publish comes before that step, and the ledger's row after it says that it is done: who finds the note alone
 * takes back what that load has left.
 */
export function clickhouseEngine(session: BulkSession, load: ClickhouseLoad): BulkEngine {
  const { entity, systemSchema, intent } = load;
  const suffix = intent.loadId.replaceAll("-", "");
  const table = identifier(entity.schema, entity.table);
  const place = (name: string): string => identifier(entity.schema, `${entity.table}__${name}_${suffix}`);
  const [texts, incoming, twin] = [place("texts"), place("rows"), place("next")];
  const run = async (statement: string): Promise<void> => void (await session.execute(statement));
  const drop = async (): Promise<void> => {
    for (const name of [texts, incoming, twin]) await run(`drop table if exists ${name}`);
  };
  const intents = new ClickhouseIntents(session, { systemSchema, entity, intent });
  let strategy: WriteShape["strategy"] = "append";
  let hasMadeTable = false;
  const tables = clickhouseTables(session);
  return {
    session,
    words: clickhouseWords,
    tables: {
      ...tables,
      run: async (statement) => {
        await tables.run(statement);
        if (statement.startsWith("create table")) hasMadeTable = true;
      },
    },
    records: new SystemRecords(session, clickhouseWords, systemSchema),
    texts,
    incoming,
    prepare: async () => {
      for (const statement of clickhouseSystemTables(systemSchema)) await run(statement);
    },
    begin: () => intents.takeBackUnfinished(),
    createStaging: async (columns) => {
      await drop();
      for (const statement of clickhouseStaging(columns, { texts, incoming })) await run(statement);
    },
    dropDoubles: async (keys, keep) => {
      const before = await countOf(session, incoming);
      await run(clickhouseDropDoubles(incoming, keys, keep));
      return before - (await countOf(session, incoming));
    },
    moment: () => Promise.resolve(clickhouseWords.now),
    write: async (shape) => {
      strategy = shape.strategy;
      const before = shape.strategy === "replace" ? await countOf(session, table) : 0;
      for (const statement of clickhouseWrite(shape, twin)) await run(statement);
      return { inserted: await countOf(session, twin), updated: 0, deleted: before, missing: 0 };
    },
    audited: (shape) => {
      if (shape.strategy === "replace") return twin;
      const columns = [...shape.columns, LOAD_ID_COLUMN, LOADED_AT_COLUMN].map((column) => identifier(column)).join(", ");
      return `(select ${columns} from ${table} union all select ${columns} from ${twin})`;
    },
    commit: async (remember) => {
      await intents.announce();
      if (strategy === "replace") await run(`exchange tables ${twin} and ${table}`);
      else
        for (const statement of await attachStatements(session, table, { entity, twin: `${entity.table}__next_${suffix}` }))
          await run(statement);
      await remember();
    },
    takeBack: async () => {
      await drop();
      // a table that the load has made for itself goes with it, as it would with a transaction
      if (hasMadeTable) await run(`drop table if exists ${table}`);
    },
    tidy: drop,
  };
}

/** The tables of one load: texts as they were judged, and values as the server has converted them. */
export function clickhouseStaging(
  columns: readonly BulkColumn[],
  { texts, incoming }: Pick<BulkEngine, "texts" | "incoming">,
): readonly string[] {
  const cells = columns.map((_, index) => `, c${index} Nullable(String)`).join("");
  const values = columns.map(({ column, type }) => `${identifier(column.column)} Nullable(${type.sql}), `).join("");
  return [
    `create table ${texts} (_row String${cells}) engine = MergeTree order by tuple()`,
    `create table ${incoming} (${values}_row Int64) engine = MergeTree order by tuple()`,
  ];
}

export function clickhouseDropDoubles(incoming: string, keys: readonly string[], keep: "first" | "last"): string {
  const list = keys.map((key) => identifier(key)).join(", ");
  const kept = `select ${keep === "first" ? "min" : "max"}(_row) from ${incoming} group by ${list}`;
  return `alter table ${incoming} delete where _row not in (${kept}) settings mutations_sync = 2`;
}

/** What fills the twin with the rows that the strategy adds or puts in place of all. */
export function clickhouseWrite(shape: WriteShape, twin: string): readonly string[] {
  const target = identifier(...shape.target);
  const names = [...shape.columns, LOAD_ID_COLUMN, LOADED_AT_COLUMN].map((column) => identifier(column)).join(", ");
  const values = [...shape.columns.map((column) => `i.${identifier(column)}`), `toUUID(${literal(shape.loadId)})`, shape.at].join(", ");
  const insert = (from: string, where = ""): string => `insert into ${twin} (${names}) select ${values} from ${from} as i${where}`;
  const within = shape.within.length === 0 ? "" : ` where ${shape.within.join(" and ")}`;
  const fill = (): string => {
    switch (shape.strategy) {
      case "append":
      case "replace":
        return insert(shape.incoming);
      case "insert_only": {
        const keys = (alias: string): string => shape.keys.map((key) => `${alias}.${identifier(key)}`).join(", ");
        return insert(shape.incoming, ` where (${keys("i")}) not in (select ${keys("t")} from ${target} as t${within})`);
      }
      case "new_only":
        return insert(
          numbered("i", shape, { from: shape.incoming, where: "", extra: "i.*, " }),
          ` where (i._digest, i._twin) not in (select _digest, _twin from ${numbered("t", shape, { from: target, where: within, extra: "" })})`,
        );
      case "upsert":
      case "delete_insert":
      case "scd2":
      case "partition":
        throw new PolyflowError(
          "metadata_invalid",
          `ClickHouse appends and replaces; the strategy ${shape.strategy} needs rows that change. Choose another mode in the flow.`,
        );
    }
  };
  return [`drop table if exists ${twin}`, `create table ${twin} as ${target}`, fill()];
}

/** Rows with a text that is equal for equal rows, and their number among their equals. */
function numbered(alias: string, shape: WriteShape, of: { readonly from: string; readonly where: string; readonly extra: string }): string {
  const digest = `toJSONString(tuple(${shape.compared.map((column) => `toString(${alias}.${identifier(column)})`).join(", ")}))`;
  return `(select ${of.extra}${digest} as _digest, row_number() over (partition by ${digest}) as _twin from ${of.from} as ${alias}${of.where})`;
}

async function countOf(session: BulkSession, table: string): Promise<number> {
  const [row] = await session.query(`select count() as n from ${table}`);
  return Number(row?.["n"] ?? 0);
}

/** One statement for each partition of the twin; a table without partitions has one, and takes all rows in one step. */
async function attachStatements(
  session: BulkSession,
  table: string,
  { entity, twin }: { readonly entity: EntityDefinition; readonly twin: string },
): Promise<readonly string[]> {
  const parts = await session.query(
    `select distinct partition_id as id from system.parts where database = ${literal(entity.schema)} and table = ${literal(twin)} and active order by id`,
  );
  return parts.map(
    (part) => `alter table ${table} attach partition id ${literal(part["id"] ?? "")} from ${identifier(entity.schema, twin)}`,
  );
}

/** Tables of ClickHouse. */
export function clickhouseTables(session: BulkSession): TableAccess {
  return {
    exists: async ({ schema, table }) => {
      const [row] = await session.query(
        `select count() as n from system.tables where database = ${literal(schema)} and name = ${literal(table)}`,
      );
      return row?.["n"] !== "0";
    },
    columns: async ({ schema, table }) => {
      const rows = await session.query(
        `select name, type from system.columns where database = ${literal(schema)} and table = ${literal(table)} order by position`,
      );
      return new Map(rows.map((row) => [row["name"] ?? "", row["type"] ?? ""]));
    },
    makeSchema: async ({ schema }) => void (await session.execute(`create database if not exists ${identifier(schema)}`)),
    createStatements: clickhouseCreateTable,
    addStatements: clickhouseAddColumns,
    run: async (statement) => void (await session.execute(statement)),
  };
}

const SYSTEM_TYPES: { readonly [type: string]: string } = { uuid: "UUID", timestamptz: "DateTime64(6, 'UTC')" };

/** The order of the table is that of the primary key; ClickHouse does not keep keys unique. */
export function clickhouseCreateTable(flow: FlowDefinition, entity: EntityDefinition, added: readonly EntityColumn[]): readonly string[] {
  const columns = [...entity.columns, ...added].map((column) => {
    const { sql } = clickhouseType(column);
    const isRequired = column.required || entity.primaryKey.includes(column.column);
    const comment = column.description === undefined ? "" : ` comment ${literal(column.description)}`;
    return `${identifier(column.column)} ${isRequired ? sql : `Nullable(${sql})`}${comment}`;
  });
  const system = systemColumns(flow).map(({ name, type }) => `${identifier(name)} ${SYSTEM_TYPES[type] ?? type}`);
  const order = entity.primaryKey.map((key) => identifier(key)).join(", ");
  return [
    `create table ${identifier(entity.schema, entity.table)} (${[...columns, ...system].join(", ")}) engine = MergeTree order by (${order === "" ? "tuple()" : order})`,
  ];
}

export function clickhouseAddColumns(
  flow: FlowDefinition,
  entity: EntityDefinition,
  { columns, system }: MissingColumns,
): readonly string[] {
  const additions = [
    ...columns.map((column) => `add column ${identifier(column.column)} Nullable(${clickhouseType(column).sql})`),
    ...systemColumns(flow)
      .filter(({ name }) => system.includes(name))
      .map(({ name, type }) => `add column ${identifier(name)} Nullable(${SYSTEM_TYPES[type] ?? type})`),
  ];
  return additions.length === 0 ? [] : [`alter table ${identifier(entity.schema, entity.table)} ${additions.join(", ")}`];
}
