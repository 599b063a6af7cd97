import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { proposeWord } from "./closest-word.ts";
import type { QualityRule } from "./entity-definition.ts";
import { MetadataDocument } from "./metadata-document.ts";
import type { Materialization, ModelDefinition } from "./model-definition.ts";
import { formatProblem } from "./problem.ts";
import type { MetadataProblem } from "./problem.ts";
import { checkProject } from "./project.ts";
import { readRule } from "./read-rule.ts";
import type { RawRule } from "./read-rule.ts";
import { MODEL_SCHEMA } from "./schemas/model-schema.ts";
import { checkAgainstSchema } from "./schema-check.ts";
import { type LocalText, localTexts, plainText } from "./translations.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** The models of a project in the order in which they must be built, and the tables that their references name. */
export interface ProjectModels {
  /** Each after those that it refers to. */
  readonly models: readonly ModelDefinition[];
  /** Model name or entity ref → its table. */
  readonly tables: ReadonlyMap<string, ReferredTable>;
}

export interface ReferredTable {
  readonly schema: string;
  readonly table: string;
  /** Columns of an entity; undefined for models, whose columns their queries tell. */
  readonly columns?: readonly string[];
}

interface RawModel {
  readonly description?: LocalText;
  readonly schema?: string;
  readonly table?: string;
  readonly materialized?: Materialization;
  readonly unique_key?: readonly string[];
  readonly columns?: readonly { readonly name: string; readonly description?: LocalText; readonly quality?: readonly RawRule[] }[];
  readonly quality?: readonly RawRule[];
}

const HEAD = /^\s*\/\*---\r?\n([\s\S]*?)---\*\//;
const REFERENCE = /\{\{\s*ref\(\s*(?:'([^']+)'|"([^"]+)")\s*\)\s*\}\}/g;
const DEFAULT_SCHEMA = "public";

/**
 * Reads `metadata/models/*.sql`, checks heads and references, and puts the models in the order of their references.
 * @throws PolyflowError `metadata_invalid` with every problem: unknown references, circles, heads that are not right
 */
export async function readModels(projectDir: string): Promise<ProjectModels> {
  const { problems, ...models } = await checkModels(projectDir);
  if (problems.length === 0) return models;
  throw new PolyflowError(
    "metadata_invalid",
    `The models of ${projectDir} have problems:\n${problems.map((item) => `  ${formatProblem(item)}`).join("\n")}`,
    {
      details: { problems },
    },
  );
}

/** As {@link readModels}, but returns the problems instead of throwing them; with problems there are no models. */
export async function checkModels(projectDir: string): Promise<ProjectModels & { readonly problems: readonly MetadataProblem[] }> {
  const { metadata } = await checkProject(projectDir);
  const problems: MetadataProblem[] = [];
  const models = new Map<string, ModelDefinition>();
  const documents = new Map<string, MetadataDocument>();
  for (const file of await sqlFiles(projectDir)) {
    const text = await readFile(join(projectDir, file), "utf8");
    const { document, model } = readModel(file, text);
    const name = basename(file, ".sql");
    const twin = documents.get(name);
    if (twin !== undefined) {
      document.report([], { message: `there is a model "${name}" already, in ${twin.file}`, proposal: "rename one of them" });
      problems.push(...document.problems);
      continue;
    }
    documents.set(name, document);
    if (model !== undefined) models.set(model.name, model);
  }
  const tables = new Map<string, ReferredTable>();
  for (const [ref, { schema, table, columns }] of metadata.entities)
    tables.set(ref, { schema, table, columns: columns.map((item) => item.column) });
  for (const [name, model] of models) tables.set(name, { schema: model.schema, table: model.table });
  for (const [name, model] of models) {
    for (const ref of model.refs.filter((candidate) => !tables.has(candidate))) {
      documents.get(name)?.report([], { message: `there is no model or entity "${ref}"`, proposal: proposeWord(ref, [...tables.keys()]) });
    }
  }
  for (const document of documents.values()) problems.push(...document.problems);
  const ordered = problems.length > 0 ? [] : inOrder(models, documents);
  for (const document of documents.values()) problems.push(...document.problems.filter((problem) => !problems.includes(problem)));
  return { models: problems.length === 0 ? ordered : [], tables, problems };
}

async function sqlFiles(projectDir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(projectDir, "metadata", "models"), { recursive: true });
    return names
      .filter((name) => name.endsWith(".sql"))
      .toSorted()
      .map((name) => `metadata/models/${name.replaceAll("\\", "/")}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function readModel(file: string, text: string): { readonly document: MetadataDocument; readonly model: ModelDefinition | undefined } {
  const head = HEAD.exec(text);
  // the head begins on the line after its opening, so that lines of problems are those of the file
  const document = new MetadataDocument(file, head === null ? "{}" : `\n${head[1]}`);
  if (document.problems.length > 0 || !checkAgainstSchema(document, MODEL_SCHEMA)) return { document, model: undefined };
  const raw = (document.value ?? {}) as RawModel; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the schema has just been checked
  const sql = text
    .slice(head?.[0].length ?? 0)
    .trim()
    .replace(/;\s*$/, "");
  const name = basename(file, ".sql");
  if (sql === "") document.report([], { message: "the file has no query" });
  const materialized = raw.materialized ?? "view";
  if (materialized === "snapshot" && raw.unique_key === undefined) {
    document.report(["materialized"], { message: "a snapshot needs `unique_key`: without it nobody knows which rows are versions of one" });
  }
  const texts = localTexts(raw);
  const model = withoutUndefined({
    name,
    description: texts.description,
    translations: texts.translations,
    schema: raw.schema ?? DEFAULT_SCHEMA,
    table: raw.table ?? name,
    materialized,
    uniqueKey: raw.unique_key ?? [],
    columns: (raw.columns ?? []).map(({ name: column, description }) =>
      withoutUndefined({ name: column, description: plainText(description) }),
    ),
    rules: rulesOf(document, raw),
    sql,
    refs: [...new Set([...sql.matchAll(REFERENCE)].map((match) => match[1] ?? match[2] ?? ""))],
    file,
  });
  return { document, model };
}

function rulesOf(document: MetadataDocument, raw: RawModel): readonly QualityRule[] {
  const physicalNames = new Map((raw.columns ?? []).map(({ name }) => [name, name]));
  const read = (rules: readonly RawRule[], path: readonly (string | number)[], column: string | undefined): readonly QualityRule[] =>
    rules
      .map((rule, index) => readRule(rule, { document, at: [...path, "quality", index], column, physicalNames }))
      .filter((rule) => rule !== undefined);
  return [
    ...(raw.columns ?? []).flatMap((column, index) => read(column.quality ?? [], ["columns", index], column.name)),
    ...read(raw.quality ?? [], [], undefined),
  ];
}

function inOrder(
  models: ReadonlyMap<string, ModelDefinition>,
  documents: ReadonlyMap<string, MetadataDocument>,
): readonly ModelDefinition[] {
  const ordered: ModelDefinition[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (name: string, trail: readonly string[]): void => {
    const model = models.get(name);
    if (model === undefined || state.get(name) === "done") return;
    if (state.get(name) === "open") {
      documents.get(name)?.report([], { message: `the models refer to each other in a circle: ${[...trail, name].join(" → ")}` });
      return;
    }
    state.set(name, "open");
    for (const ref of model.refs) visit(ref, [...trail, name]);
    state.set(name, "done");
    ordered.push(model);
  };
  for (const name of models.keys()) visit(name, []);
  return ordered;
}

/**
 * The SQL of a model with its references in place. `{{ ref('x') }}` becomes the table of x, `{{ this }}` the model's own;
 * what stands between `{% if incremental %}` and `{% endif %}` counts only when the model's table is there already.
 * @param quote turns schema and table into a name of SQL
 */
export function modelSql(
  model: ModelDefinition,
  tables: ProjectModels["tables"],
  options: { readonly isIncremental: boolean; readonly quote: (schema: string, table: string) => string },
): string {
  return model.sql
    .replaceAll(/\{%\s*if incremental\s*%\}([\s\S]*?)\{%\s*endif\s*%\}/g, (_all, inner: string) => (options.isIncremental ? inner : ""))
    .replaceAll(REFERENCE, (_all, single: string | undefined, double: string | undefined) => {
      const found = tables.get(single ?? double ?? "");
      return found === undefined ? "" : options.quote(found.schema, found.table);
    })
    .replaceAll(/\{\{\s*this\s*\}\}/g, () => options.quote(model.schema, model.table));
}
