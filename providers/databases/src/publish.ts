import { createHash } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";
import { readProject, type EntityDefinition } from "@polyflow/metadata-model";
import { operator } from "@polyflow/sdk";
import type { TaskContext, TaskHandle, TaskOptions } from "@polyflow/sdk";
import type { PublishPlan } from "./publish-plan.ts";

/** Options of `publish`. */
export interface PublishOptions extends TaskOptions {
  /** Ref of the entity whose table is brought over. */
  readonly entity: string;
  /** Connection of type `clickhouse` or `mssql` that gets it. */
  readonly to: string;
  /** Connection that has the table. Default `df`. */
  readonly from?: string;
  /** `schema.table` there. Default: as the entity says. */
  readonly table?: string;
  /**
   * `replace` (default): the rows take the place of all. `append`: they are added, once for each run, however often it is tried. `merge`,
   * for MS SQL Server: updates rows of the same key, adds new ones, leaves equal ones alone.
   */
  readonly mode?: "replace" | "append" | "merge";
  /** Only these rows: a condition in the SQL of the connection `from`; templates are rendered. For append and merge. */
  readonly where?: string;
}

/** Output of a `publish` task. */
export interface PublishSummary {
  readonly table: string;
  /** Rows that were brought over. */
  readonly rows: number;
}

/**
 * Adds a task that brings the table of an entity, loaded and checked in the warehouse, to ClickHouse or MS SQL Server: the table is made
 * where it is missing, readers see the old rows or the new ones, and a task that is tried again does nothing twice.
 * @example
 * const loaded = load({ id: "load_sales", flow: "sales" });
 * loaded.before(publish({ id: "to_clickhouse", entity: "sales.orders", to: "marts" }));
 */
export function publish(given: PublishOptions): TaskHandle<PublishSummary> {
  const { entity: ref, to, from = "df", table, mode = "replace", where, ...options } = given;
  return operator({
    name: "publish",
    options,
    details: { entity: ref, from, to, mode, ...(where === undefined ? {} : { where }) },
    fields: { where: where ?? "" },
    execute: async (_input, context, fields): Promise<PublishSummary> => {
      const entity = await entityOf(context.projectDir, ref);
      const target = await context.connection(to);
      const name = (table ?? `${entity.schema}.${entity.table}`).split(".");
      const [schema, relation] = name;
      if (schema === undefined || relation === undefined || name.length > 2)
        throw new PolyflowError("metadata_invalid", `"${table}" is not like schema.table.`);
      const plan: PublishPlan = { entity, mode, target: [schema, relation], loadId: loadIdOf(context) };
      const extract = await context.extract(from, {
        source: { kind: "sql", query: sourceQuery(entity, fields.where) },
        name: ref,
        fields: entity.columns.map(({ column }) => column),
        state: undefined,
        inclusive: true,
        loadedMessages: () => Promise.resolve(new Set()),
        log: context.log,
        signal: context.signal,
      });
      try {
        const rows = await write(target, plan, extract.content);
        context.log.info(`Brought ${rows} rows of ${ref} to ${schema}.${relation} of connection ${to}.`);
        return { table: `${schema}.${relation}`, rows };
      } finally {
        await extract.close();
      }
    },
  });
}

async function write(
  target: Awaited<ReturnType<TaskContext["connection"]>>,
  plan: PublishPlan,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  switch (target.type) {
    case "clickhouse":
      return (await import("./publish-clickhouse.ts")).publishToClickhouse(target, plan, content);
    case "mssql":
    case "sqlserver":
      return (await import("./publish-mssql.ts")).publishToMssql(target, plan, content);
    default:
      throw new PolyflowError(
        "config_invalid",
        `Connection "${target.connectionId}" is of type ${target.type}; tables are brought to clickhouse and mssql. PostgreSQL is loaded by flows.`,
      );
  }
}

async function entityOf(projectDir: string, ref: string): Promise<EntityDefinition> {
  const { entities } = await readProject(projectDir);
  const entity = entities.get(ref);
  if (entity !== undefined) return entity;
  throw new PolyflowError("metadata_invalid", `There is no entity "${ref}"; there are ${[...entities.keys()].join(", ")}.`);
}

function sourceQuery(entity: EntityDefinition, where: string): string {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const columns = entity.columns.map(({ column, physicalType }) => textOf(quoted(column), physicalType)).join(", ");
  return `select ${columns} from ${quoted(entity.schema)}.${quoted(entity.table)}${where.trim() === "" ? "" : ` where ${where}`}`;
}

/** Spelt so that every database reads the same instant and the same truth. */
function textOf(column: string, physicalType: string): string {
  const type = physicalType.trim().toLowerCase();
  if (type.startsWith("bool")) return `case ${column} when true then 'true' when false then 'false' end as ${column}`;
  if (/^timestamp(tz| with time zone)/.test(type))
    return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as ${column}`;
  return column;
}

/** The same for every try of a task instance, and for no other: by it a second try knows the rows of the first. */
function loadIdOf({ dagId, runId, taskId, mapIndex }: TaskContext): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([dagId, runId, taskId, mapIndex]))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
