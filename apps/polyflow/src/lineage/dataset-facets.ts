import type { LoadLineage, LoadReport, RuleResult } from "@polyflow/contracts";
import type { WarehouseName } from "./warehouse-name.ts";

const FACETS = "https://openlineage.io/spec/facets";

export interface LineageNames {
  /** Namespace of the jobs. */
  readonly namespace: string;
  /** URI of who says so. */
  readonly producer: string;
  /** Where connections lead, by their ids. */
  readonly warehouses?: ReadonlyMap<string, WarehouseName>;
}

/** A dataset of an OpenLineage event. */
export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: object;
  readonly outputFacets?: object;
}

/** One facet: who says so, by which schema, and what. */
export function facet(producer: string, schema: string, content: object): object {
  return { _producer: producer, _schemaURL: `${FACETS}/${schema}`, ...content };
}

/** What a load has read: its source, or for a query the tables that its columns come from, each with its fields as far as they are known. */
export function loadInputs(load: LoadReport, { producer, warehouses }: LineageNames): readonly Dataset[] {
  const lineage = load.lineage ?? NOTHING_KNOWN;
  const tables = [...new Set(lineage.columns.flatMap(({ from }) => from.flatMap(({ table }) => (table === null ? [] : [table]))))];
  if (tables.length > 0) return tables.map((name) => tableOf(load, name, warehouses));
  return [{ ...sourceOf(load), ...facetsOf(schemaFacet(lineage.fields, producer)) }];
}

/** What a load has written, with its columns, where they come from, what was asserted of it, and how many rows it got. */
export function loadOutput(load: LoadReport, names: LineageNames): Dataset {
  const { producer, warehouses } = names;
  const { lineage = NOTHING_KNOWN, rules, rows } = load;
  return {
    ...tableOf(load, `${load.target.schema}.${load.target.table}`, warehouses),
    ...facetsOf({
      ...schemaFacet(lineage.columns, producer),
      ...columnLineageFacet(load, lineage, names),
      ...(rules.length === 0 ? {} : { dataQualityAssertions: assertionsFacet(rules, producer) }),
    }),
    outputFacets: {
      outputStatistics: facet(producer, "1-0-2/OutputStatisticsOutputDatasetFacet.json", {
        rowCount: rows.inserted + rows.updated,
      }),
    },
  };
}

const NOTHING_KNOWN: LoadLineage = { fields: [], columns: [] };

/** A table of the warehouse, named as the standard wants it; where the connection is not known any more, by the connection's id. */
function tableOf(
  { target }: LoadReport,
  table: string,
  warehouses: LineageNames["warehouses"],
): { readonly namespace: string; readonly name: string } {
  const found = warehouses?.get(target.connection);
  if (found === undefined) return { namespace: `connection://${target.connection}`, name: table };
  return { namespace: found.namespace, name: `${found.database}.${table}` };
}

function sourceOf({ source }: LoadReport): { readonly namespace: string; readonly name: string } {
  return { namespace: "file", name: source.file };
}

function facetsOf(facets: object): { readonly facets?: object } {
  return Object.keys(facets).length === 0 ? {} : { facets };
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly description?: string | null;
}

function schemaFacet(fields: readonly Field[], producer: string): object {
  if (fields.length === 0) return {};
  const content = fields.map(({ name, type, description }) => ({ name, type, ...(description ? { description } : {}) }));
  return { schema: facet(producer, "1-2-0/SchemaDatasetFacet.json", { fields: content }) };
}

/** A field of a source is taken over as it is, cast to its type; a query computes with the columns that it names. */
function columnLineageFacet(load: LoadReport, { columns }: LoadLineage, { producer, warehouses }: LineageNames): object {
  const known = columns.filter(({ from }) => from.length > 0);
  if (known.length === 0) return {};
  const fields = known.map(({ name, from }) => {
    const inputFields = from.map(({ table, field }) =>
      table === null
        ? { ...sourceOf(load), field, transformations: [{ type: "DIRECT", subtype: "IDENTITY" }] }
        : { ...tableOf(load, table, warehouses), field, transformations: [{ type: "DIRECT" }] },
    );
    return [name, { inputFields }] as const;
  });
  return { columnLineage: facet(producer, "1-2-0/ColumnLineageDatasetFacet.json", { fields: Object.fromEntries(fields) }) };
}

function assertionsFacet(rules: readonly RuleResult[], producer: string): object {
  return facet(producer, "1-1-0/DataQualityAssertionsDatasetFacet.json", {
    assertions: rules.map((rule) => ({
      assertion: rule.metric,
      success: rule.status === "passed",
      ...(rule.column === undefined ? {} : { column: rule.column }),
      severity: rule.severity === "error" ? "error" : "warn",
      name: rule.name,
      expected: rule.expected,
      actual: String(rule.actual),
    })),
  });
}
