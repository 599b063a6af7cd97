import { PolyflowError } from "@polyflow/contracts";
import type { RuleResult } from "@polyflow/contracts";
import { modelSql, proposeWord } from "@polyflow/metadata-model";
import type { EntityColumn, EntityDefinition, ModelDefinition, ProjectModels } from "@polyflow/metadata-model";
import type { Client, ClientConfig } from "pg";
import type { LoadLog } from "../load-request.ts";
import { checkRules } from "../quality/check-rules.ts";
import { projectCallables } from "../quality/rule-callables.ts";
import { writeRuleResults, writeRuleSamples } from "../quality/rule-result-table.ts";
import { identifier, literal } from "../sql-text.ts";
import { withClient } from "../system/with-client.ts";
import { postgresDialect } from "../target/strategy/postgres-dialect.ts";
import { VALID_FROM_COLUMN, VALID_TO_COLUMN } from "../target/strategy/write-shape.ts";
import { migrateSystemSchema } from "../target/system-schema.ts";
import { writeModel } from "./write-model.ts";

export interface BuildRequest {
  readonly client: string | ClientConfig;
  readonly models: ProjectModels;
  /** Only these, and not what they refer to; default: all. */
  readonly only?: readonly string[];
  /** Build tables and incremental models anew. @default false */
  readonly fullRefresh?: boolean;
  readonly projectDir: string;
  /** A UUID: rows of incremental models and snapshots, and rule results, carry it. */
  readonly runId: string;
  readonly log: LoadLog;
  /** @default "df" */
  readonly systemSchema?: string;
}

/** What became of one model. */
export interface BuiltModel {
  readonly name: string;
  /** Qualified and quoted. */
  readonly target: string;
  readonly status: "built" | "failed" | "skipped";
  readonly rows: number;
  /** Of the table or view; empty when it was not built. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rules: readonly RuleResult[];
  readonly error?: string;
}

const NOTHING = { rows: 0, columns: [] } as const;

/**
 * Builds models in the order of their references, each in a transaction of its own: when a rule of severity error fails, the model stays
 * as it was. What refers to a model that failed is skipped.
 * @throws PolyflowError `metadata_invalid` when `only` names a model that is not there
 * @example await buildModels({ client, models: await readModels(projectDir), projectDir, runId: randomUUID(), log });
 */
export async function buildModels(request: BuildRequest): Promise<readonly BuiltModel[]> {
  refuseUnknown(request);
  return withClient(request.client, async (client) => {
    const systemSchema = request.systemSchema ?? "df";
    await migrateSystemSchema(client, systemSchema);
    const chosen = request.models.models.filter((model) => request.only?.includes(model.name) ?? true);
    const built: BuiltModel[] = [];
    for (const model of chosen) {
      const broken = model.refs.find((ref) => built.some((other) => other.name === ref && other.status !== "built"));
      const target = identifier(model.schema, model.table);
      if (broken === undefined) built.push(await buildOne(client, request, model));
      else built.push({ name: model.name, target, status: "skipped", ...NOTHING, rules: [], error: `${broken} was not built` });
      const last = built.at(-1);
      if (last?.status === "built") request.log.info(`Model ${model.name}: built ${target} (${model.materialized}), ${last.rows} rows.`);
      else request.log.warning(`Model ${model.name}: ${last?.status}, ${last?.error}`);
    }
    return built;
  });
}

function refuseUnknown({ only = [], models: { models } }: BuildRequest): void {
  const names = models.map((model) => model.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new PolyflowError("metadata_invalid", `metadata/models has no model "${unknown}"; ${proposeWord(unknown, names)}.`);
}

async function buildOne(client: Client, request: BuildRequest, model: ModelDefinition): Promise<BuiltModel> {
  const target = identifier(model.schema, model.table);
  const systemSchema = request.systemSchema ?? "df";
  let rules: readonly RuleResult[] = [];
  let samples: Awaited<ReturnType<typeof checkRules>>["samples"] = [];
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 2))", [`polyflow:target:${target}`]);
    const exists = await isTable(client, target);
    const isIncremental =
      exists && request.fullRefresh !== true && (model.materialized === "incremental" || model.materialized === "snapshot");
    const query = modelSql(model, request.models.tables, { isIncremental, quote: (schema, table) => identifier(schema, table) });
    await client.query(`create schema if not exists ${identifier(model.schema)}`);
    await writeModel(client, { model, query, isIncremental, runId: request.runId, dialect: postgresDialect({ hasMerge: false }) });
    const entity = await asEntity(client, model, target);
    const checked = await checkRules({
      client,
      entity,
      flow: model.name,
      systemSchema,
      loadId: request.runId,
      loaded: 0,
      callables: projectCallables(request.projectDir),
    });
    ({ rules, samples } = checked);
    const failed = rules.filter((rule) => rule.status === "failed");
    if (failed.length > 0) {
      throw new PolyflowError(
        "quality_rule_failed",
        failed.map((rule) => `${rule.name} must be ${rule.expected}, is ${rule.actual}`).join("; "),
      );
    }
    await keepResults(client, { rules, samples, systemSchema, loadId: request.runId, target });
    await client.query("commit");
    const columns = entity.columns.map(({ column, physicalType }) => ({ name: column, type: physicalType }));
    return { name: model.name, target, status: "built", rows: checked.rowCount, columns, rules };
  } catch (error) {
    await client.query("rollback");
    await keepResults(client, { rules, samples, systemSchema, loadId: request.runId, target });
    return { name: model.name, target, status: "failed", ...NOTHING, rules, error: error instanceof Error ? error.message : String(error) };
  }
}

async function keepResults(
  client: Client,
  results: {
    readonly rules: readonly RuleResult[];
    readonly samples: readonly { readonly rule: string; readonly record: string }[];
    readonly systemSchema: string;
    readonly loadId: string;
    readonly target: string;
  },
): Promise<void> {
  await writeRuleResults(client, results.rules, results);
  await writeRuleSamples(client, results.samples, results);
}

async function isTable(client: Client, target: string): Promise<boolean> {
  const answer = await client.query<{ kind: string | null }>(
    `select relkind::text as kind from pg_class where oid = to_regclass(${literal(target)})`,
  );
  return answer.rows[0]?.kind === "r";
}

/** The model as the rules know tables. */
async function asEntity(client: Client, model: ModelDefinition, target: string): Promise<EntityDefinition> {
  const answer = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = to_regclass(${literal(target)}) and attnum > 0 and not attisdropped order by attnum`,
  );
  const columns = answer.rows
    .filter((row) => row.name !== VALID_FROM_COLUMN && row.name !== VALID_TO_COLUMN)
    .map(
      (row): EntityColumn => ({
        name: row.name,
        column: row.name,
        logicalType: "string",
        physicalType: row.type,
        required: false,
        unique: false,
      }),
    );
  return {
    ref: model.name,
    version: "",
    schema: model.schema,
    table: model.table,
    tags: [],
    columns,
    primaryKey: model.uniqueKey,
    rules: model.rules,
    file: model.file,
  };
}
