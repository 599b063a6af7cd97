import type { UiDataLineage, UiLineageEdge, UiLineageNode } from "@polyflow/contracts/wire";
import type { LineageColumn } from "@polyflow/loader";
import type { FlowDefinition, ModelDefinition, ProjectModels } from "@polyflow/metadata-model";
import { checkModels, formatProblem } from "@polyflow/metadata-model";
import type { DescribedProject } from "./project-metadata.ts";
import { translationsView } from "./translations-view.ts";

/** What flows where in all projects: source → table → model, with the columns of each step. */
export async function lineageGraph(projects: readonly DescribedProject[]): Promise<UiDataLineage> {
  const parts = await Promise.all(projects.map(projectGraph));
  return {
    nodes: parts.flatMap((part) => part.nodes),
    edges: parts.flatMap((part) => part.edges),
    problems: parts.flatMap((part) => part.problems),
  };
}

const id = (kind: UiLineageNode["kind"], project: string, name: string): string => [kind, project, name].join(" ");

async function projectGraph(project: DescribedProject): Promise<UiDataLineage> {
  const models = await checkModels(project.dir);
  const { columns, problem } = await columnsOfModels(models);
  const problems = [...models.problems.map(formatProblem), ...(problem === undefined ? [] : [problem])];
  const described = new TableNames(project, models.models);
  const edges = [
    ...[...project.metadata.flows.values()].map((flow) => flowEdge(project.name, flow)),
    ...models.models.flatMap((model) => modelEdges(project.name, model, { columns: columns.get(model.name) ?? [], described, models })),
  ];
  return {
    nodes: [
      ...sourceNodes(project),
      ...entityNodes(project),
      ...modelNodes(project.name, models.models, columns),
      ...described.unknown(edges),
    ],
    edges,
    problems: problems.map((text) => ({ project: project.name, text })),
  };
}

async function columnsOfModels(models: ProjectModels) {
  if (models.models.length === 0) return { columns: new Map<string, readonly LineageColumn[]>(), problem: undefined };
  try {
    const { modelLineage } = await import("@polyflow/loader");
    return { columns: await modelLineage(models), problem: undefined };
  } catch (error) {
    // the tables of the models are known all the same
    return { columns: new Map<string, readonly LineageColumn[]>(), problem: error instanceof Error ? error.message : String(error) };
  }
}

const EMPTY = { title: null, description: null, translations: {}, detail: null, owner: null, asset_id: null };

function sourceNodes({ name: project, metadata }: DescribedProject): readonly UiLineageNode[] {
  return [...metadata.sources.values()].map(({ name, title = null, description = null, translations, path, fields }) => ({
    ...EMPTY,
    translations: translationsView(translations),
    id: id("source", project, name),
    kind: "source",
    project,
    name,
    title,
    description,
    detail: path,
    columns: fields.map((field) => field.name),
  }));
}

function entityNodes({ name: project, metadata }: DescribedProject): readonly UiLineageNode[] {
  return [...metadata.entities.values()].map(
    ({ ref, title = null, description = null, translations, owner = null, schema, table, columns }) => ({
      ...EMPTY,
      translations: translationsView(translations),
      id: id("entity", project, ref),
      kind: "entity",
      project,
      name: ref,
      title,
      description,
      owner,
      detail: `${schema}.${table}`,
      columns: columns.map(({ column }) => column),
    }),
  );
}

function modelNodes(
  project: string,
  models: readonly ModelDefinition[],
  lineage: ReadonlyMap<string, readonly LineageColumn[]>,
): readonly UiLineageNode[] {
  return models.map(({ name, description = null, translations, schema, table, columns }) => ({
    ...EMPTY,
    translations: translationsView(translations),
    id: id("model", project, name),
    kind: "model",
    project,
    name,
    description,
    detail: `${schema}.${table}`,
    columns: lineage.get(name)?.map(({ column }) => column) ?? columns.map((column) => column.name),
  }));
}

function flowEdge(project: string, flow: FlowDefinition): UiLineageEdge {
  return {
    from: id("source", project, flow.source),
    to: id("entity", project, flow.target),
    flow: flow.name,
    by: [],
    columns: flow.mapping.flatMap((mapping) => (mapping.kind === "field" ? [{ from: mapping.field, to: mapping.column }] : [])),
  };
}

/** Stands for the columns of a table that nobody has described. */
const EVERY_COLUMN = "*";

interface ModelParts {
  readonly columns: readonly LineageColumn[];
  readonly described: TableNames;
  readonly models: ProjectModels;
}

/** One edge for each table that a model reads, be it for its columns or for conditions alone. */
function modelEdges(project: string, model: ModelDefinition, { columns, described, models }: ModelParts): readonly UiLineageEdge[] {
  const pairs = columns
    .flatMap(({ column, from }) => from.map((origin) => ({ table: origin.table, from: origin.column, to: column })))
    .filter((pair) => pair.from !== EVERY_COLUMN);
  const referred = model.refs.flatMap((ref) => {
    const found = models.tables.get(ref);
    return found === undefined ? [] : [`${found.schema}.${found.table}`];
  });
  const tables = new Set([...referred, ...pairs.map(({ table }) => table)]);
  tables.delete(`${model.schema}.${model.table}`);
  return [...tables].map((table) => ({
    from: described.nodeOf(table),
    to: id("model", project, model.name),
    flow: null,
    by: [],
    columns: pairs.filter((pair) => pair.table === table).map(({ from, to }) => ({ from, to })),
  }));
}

/** Which node a table of the warehouse is; tables that nobody describes become nodes of their own. */
class TableNames {
  readonly #project: string;
  readonly #known = new Map<string, string>();
  readonly #unknown = new Map<string, UiLineageNode>();

  constructor({ name, metadata }: DescribedProject, models: readonly ModelDefinition[]) {
    this.#project = name;
    for (const { ref, schema, table } of metadata.entities.values()) this.#known.set(`${schema}.${table}`, id("entity", name, ref));
    for (const model of models) this.#known.set(`${model.schema}.${model.table}`, id("model", name, model.name));
  }

  nodeOf(table: string): string {
    const known = this.#known.get(table);
    if (known !== undefined) return known;
    const node: UiLineageNode = {
      ...EMPTY,
      id: id("table", this.#project, table),
      kind: "table",
      project: this.#project,
      name: table,
      columns: [],
    };
    this.#unknown.set(table, node);
    return node.id;
  }

  /** With the columns that are known of them because somebody reads them. */
  unknown(edges: readonly UiLineageEdge[]): readonly UiLineageNode[] {
    return [...this.#unknown.values()].map((node) => ({
      ...node,
      columns: [...new Set(edges.filter((edge) => edge.from === node.id).flatMap((edge) => edge.columns.map(({ from }) => from)))],
    }));
  }
}
