import type { UiDataEntity, UiDataOverview, UiDataSource } from "@polyflow/contracts/wire";
import type { Catalogue, LoadRecord, ProfileRecord, RuleRecord } from "@polyflow/loader";
import type { EntityDefinition } from "@polyflow/metadata-model";
import type { DataCatalogue } from "@polyflow/server";
import { driftView, entityFacts, flowView, loadView, qualityOf, rejectView, ruleView } from "./data-views.ts";
import { columnsFrom, fieldsInto, flowsFrom, flowsInto } from "./lineage.ts";
import { lineageGraph } from "./lineage-graph.ts";
import type { DescribedProject, ProjectDescriptions } from "./project-metadata.ts";
import { translationsView } from "./translations-view.ts";
import type { Warehouse } from "./warehouse.ts";

/** Loads and measurements that a page looks back on. */
const LOADS_SHOWN = 60;
const MEASUREMENTS_SHOWN = 1000;
/** Newest loads and measurements of the whole warehouse that the overview looks through for the last ones of each entity. */
const LOADS_LOOKED_AT = 2000;

export interface DataCatalogueParts {
  readonly projects: ProjectDescriptions;
  readonly warehouse: Warehouse;
}

/** The catalogue that the server shows: metadata of the projects, joined with what the warehouse remembers (B10). */
export function createDataCatalogue({ projects, warehouse }: DataCatalogueParts): DataCatalogue {
  return {
    overview: () => overview(projects, warehouse),
    async entity(projectName, ref) {
      const project = await projects.get(projectName);
      const entity = project?.metadata.entities.get(ref);
      return project === undefined || entity === undefined ? undefined : entityPage(project, entity, warehouse);
    },
    async source(projectName, name) {
      const project = await projects.get(projectName);
      return project === undefined ? undefined : sourcePage(project, name);
    },
    lineage: async () => lineageGraph(await projects.all()),
    async rejects({ limit, ...filter }) {
      const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      const [rejects, summary] = await warehouse.ask(async (catalogue) => [
        await catalogue.listRejects({ ...given, limit: limit + 1 }),
        await catalogue.countRejects(given),
      ]);
      const shown = rejects.slice(0, limit);
      return {
        rejects: shown.map(rejectView),
        summary: summary.map(({ flow, column, reason, count, example }) => ({ flow, column, reason, count, example })),
        next: rejects.length > limit ? (shown.at(-1)?.rejectId ?? null) : null,
      };
    },
    async drift(state) {
      const found = await warehouse.ask((catalogue) => catalogue.listDrift(state === undefined ? {} : { state }));
      return { drift: found.map(driftView) };
    },
  };
}

async function overview(projects: ProjectDescriptions, warehouse: Warehouse): Promise<UiDataOverview> {
  const described = await projects.all();
  const { answer, problem } = await warehouse.tryToAsk(async (catalogue) => ({
    loads: await catalogue.listLoads({ limit: LOADS_LOOKED_AT }),
    results: await catalogue.listRuleResults({ limit: LOADS_LOOKED_AT }),
  }));
  const loads = answer?.loads ?? [];
  const resultsByLoad = Map.groupBy(answer?.results ?? [], (result) => result.loadId);
  return {
    projects: described.map(({ name }) => name),
    warehouse_problem: problem,
    entities: described.flatMap(({ name, metadata }) =>
      [...metadata.entities.values()].map((entity) => {
        const last = loads.find((load) => isInto(load, entity));
        return {
          ...entityFacts(name, entity, flowsInto(metadata, entity)),
          columns: entity.columns.map((column) => column.column),
          rules: entity.rules.length,
          last_load: last === undefined ? null : loadView(last),
          quality: last === undefined ? null : qualityOf(resultsByLoad.get(last.loadId) ?? []),
        };
      }),
    ),
    sources: described.flatMap(({ name, metadata }) =>
      [...metadata.sources.values()].map((source) => ({
        project: name,
        name: source.name,
        title: source.title ?? null,
        description: source.description ?? null,
        translations: translationsView(source.translations),
        path: source.path,
        format: source.format,
        fields: source.fields.map((field) => field.name),
        flows: flowsFrom(metadata, source.name).map((flow) => flow.name),
      })),
    ),
    flows: described.flatMap(({ name, metadata }) => [...metadata.flows.values()].map((flow) => flowView(name, flow))),
    problems: described.flatMap(({ name, problems }) => problems.map((text) => ({ project: name, text }))),
  };
}

function isInto(load: LoadRecord, { schema, table }: EntityDefinition): boolean {
  return load.schema === schema && load.table === table;
}

interface KnownOfEntity {
  readonly loads: readonly LoadRecord[];
  readonly results: readonly RuleRecord[];
  readonly profiles: readonly ProfileRecord[];
}

async function askAbout(catalogue: Catalogue, { schema, table }: EntityDefinition): Promise<KnownOfEntity> {
  return {
    loads: await catalogue.listLoads({ schema, table, limit: LOADS_SHOWN }),
    results: await catalogue.listRuleResults({ schema, table, limit: MEASUREMENTS_SHOWN }),
    profiles: await catalogue.listProfiles({ schema, table, limit: MEASUREMENTS_SHOWN }),
  };
}

async function entityPage({ name, metadata }: DescribedProject, entity: EntityDefinition, warehouse: Warehouse): Promise<UiDataEntity> {
  const flows = flowsInto(metadata, entity);
  const { answer, problem } = await warehouse.tryToAsk((catalogue) => askAbout(catalogue, entity));
  const { loads = [], results = [], profiles = [] } = answer ?? {};
  const keys = new Set([...entity.primaryKey, ...flows.flatMap((flow) => flow.keys)]);
  return {
    ...entityFacts(name, entity, flows),
    version: entity.version,
    file: entity.file,
    warehouse_problem: problem,
    last_load: loads[0] === undefined ? null : loadView(loads[0]),
    quality: qualityOf(results),
    columns: entity.columns.map((column) => ({
      name: column.name,
      column: column.column,
      type: column.physicalType,
      is_key: keys.has(column.column),
      is_required: column.required,
      is_unique: column.unique,
      description: column.description ?? null,
      translations: translationsView(column.translations),
      sources: fieldsInto(flows, column.column),
      profile: profileView(profiles.find((profile) => profile.column === column.column)),
    })),
    rules: entity.rules.map((rule) => ruleView(rule, results)),
    flow_details: flows.map((flow) => flowView(name, flow)),
    loads: loads.map(loadView),
  };
}

function profileView(record: ProfileRecord | undefined): UiDataEntity["columns"][number]["profile"] {
  if (record === undefined) return null;
  const { histogram, topValues, ...rest } = record.profile;
  return { ...rest, histogram: histogram.map((bucket) => ({ ...bucket })), topValues: topValues.map((top) => ({ ...top })) };
}

function sourcePage({ name: project, metadata }: DescribedProject, name: string): UiDataSource | undefined {
  const source = metadata.sources.get(name);
  if (source === undefined) return undefined;
  const flows = flowsFrom(metadata, name);
  return {
    project,
    name,
    title: source.title ?? null,
    description: source.description ?? null,
    translations: translationsView(source.translations),
    path: source.path,
    format: source.format,
    flows: flows.map((flow) => flow.name),
    file: source.file,
    encoding: source.encoding,
    fields: source.fields.map((field) => ({
      name: field.name,
      type: field.type,
      format: field.format ?? null,
      targets: columnsFrom(flows, field.name),
    })),
  };
}
