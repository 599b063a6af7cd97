import { PolyflowError } from "@polyflow/contracts";
import type { ModelDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { rightsOf, setAsideViews } from "./dependent-views.ts";
import { identifier, identifiers, literal } from "../sql-text.ts";
import type { SqlDialect } from "../target/strategy/sql-dialect.ts";
import { LOADED_AT_COLUMN, LOAD_ID_COLUMN, VALID_FROM_COLUMN, VALID_TO_COLUMN } from "../target/strategy/write-shape.ts";
import { writeSteps } from "../target/strategy/write-steps.ts";

export interface ModelWrite {
  readonly model: ModelDefinition;
  /** With all references in place. */
  readonly query: string;
  /** The table is there, and rows are to be added to it. */
  readonly isIncremental: boolean;
  readonly runId: string;
  readonly dialect: SqlDialect;
}

const INCOMING = "pg_temp.polyflow_model";

/** Makes the view or table of a model from its query, inside the transaction in hand. */
export async function writeModel(client: Client, write: ModelWrite): Promise<void> {
  const { model, query } = write;
  const target = identifier(model.schema, model.table);
  if (write.isIncremental) await addRows(client, write);
  else if (model.materialized === "view") await replaceBy(client, target, `create view ${target} as ${query}`);
  else await replaceBy(client, target, createTable(write, target));
  await describe(client, model, target);
}

function createTable({ model, query, runId }: ModelWrite, target: string): string {
  const system = [`${literal(runId)}::uuid as ${LOAD_ID_COLUMN}`, `transaction_timestamp() as ${LOADED_AT_COLUMN}`];
  if (model.materialized === "snapshot") {
    system.push(`transaction_timestamp() as ${VALID_FROM_COLUMN}`, `null::timestamptz as ${VALID_TO_COLUMN}`);
  }
  return model.materialized === "table"
    ? `create table ${target} as ${query}`
    : `create table ${target} as select q.*, ${system.join(", ")} from (${query}) q`;
}

/** Drops what is there, be it a view or a table, and makes it anew; its rights and the views that others have built on it stay. */
async function replaceBy(client: Client, target: string, statement: string): Promise<void> {
  const found = await client.query<{ kind: string }>(
    `select relkind::text as kind from pg_class where oid = to_regclass(${literal(target)})`,
  );
  const kind = found.rows[0]?.kind;
  if (kind === undefined) {
    await client.query(statement);
    return;
  }
  // views on it would stand in the way of the drop: they are put aside and built again
  const buildAgain = await setAsideViews(client, target);
  const rights = await rightsOf(client, target);
  await client.query(`drop ${kind === "v" ? "view" : "table"} ${target}`);
  await client.query(statement);
  for (const right of rights) await client.query(right);
  await buildAgain();
}

async function addRows(client: Client, { model, query, runId, dialect }: ModelWrite): Promise<void> {
  const target = identifier(model.schema, model.table);
  await client.query(`create temporary table polyflow_model on commit drop as ${query}`);
  const answer = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = '${INCOMING}'::regclass and attnum > 0 order by attnum`,
  );
  const columns = answer.rows.map((row) => row.name);
  await client.query(`lock table ${target} in share row exclusive mode`);
  if (model.uniqueKey.length > 0) await refuseDoubles(client, model);
  const isSnapshot = model.materialized === "snapshot";
  const moment = await client.query<{ at: string }>("select clock_timestamp()::text as at");
  const steps = writeSteps(dialect, {
    strategy: isSnapshot ? "scd2" : model.uniqueKey.length > 0 ? "delete_insert" : "append",
    target: [model.schema, model.table],
    incoming: INCOMING,
    columns,
    compared: columns.filter((column) => !model.uniqueKey.includes(column)),
    comparedAsText: [],
    keys: model.uniqueKey,
    partitionBy: [],
    onlyChanged: true,
    within: [],
    loadId: runId,
    at: `${literal(moment.rows[0]?.at ?? "")}::timestamptz`,
    ...(isSnapshot ? { missingRows: "delete" as const } : {}),
  });
  for (const step of steps) await client.query(step.sql);
}

async function refuseDoubles(client: Client, model: ModelDefinition): Promise<void> {
  const keys = identifiers(model.uniqueKey);
  const doubled = await client.query<{ example: string }>(
    `select row(${keys})::text as example from ${INCOMING} group by ${keys} having count(*) > 1 limit 1`,
  );
  const [first] = doubled.rows;
  if (first === undefined) return;
  throw new PolyflowError(
    "quality_rule_failed",
    `The query of model ${model.name} has several rows of one key (${model.uniqueKey.join(", ")}), for example ${first.example}.`,
  );
}

async function describe(client: Client, model: ModelDefinition, target: string): Promise<void> {
  const kind = model.materialized === "view" ? "view" : "table";
  if (model.description !== undefined) await client.query(`comment on ${kind} ${target} is ${literal(model.description)}`);
  for (const { name, description } of model.columns) {
    if (description !== undefined) await client.query(`comment on column ${target}.${identifier(name)} is ${literal(description)}`);
  }
}
