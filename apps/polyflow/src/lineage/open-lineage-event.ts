import type { AssetReference } from "@polyflow/contracts";
import type { LineageRecord } from "@polyflow/store";
import { type Dataset, facet as facetOf, type LineageNames, loadInputs, loadOutput } from "./dataset-facets.ts";

const SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const EVENT_TYPES = { running: "START", success: "COMPLETE", skipped: "ABORT", failed: "FAIL", up_for_retry: "FAIL" } as const;

/** The start or end of an attempt as a RunEvent of OpenLineage: one run for each attempt, its DAG's run as the parent. */
export function openLineageEvent(record: LineageRecord, names: LineageNames): object {
  const { namespace, producer } = names;
  const facet = (schema: string, content: object): object => facetOf(producer, schema, content);
  const { dataIntervalStart: start, dataIntervalEnd: end, reason } = record;
  const eventType = EVENT_TYPES[record.state];
  return {
    eventType,
    eventTime: record.at.toISOString(),
    producer,
    schemaURL: SCHEMA,
    run: {
      runId: record.attemptId,
      facets: {
        parent: facet("1-2-0/ParentRunFacet.json", { run: { runId: record.runKey }, job: { namespace, name: record.dagId } }),
        ...(start === null || end === null
          ? {}
          : {
              nominalTime: facet("1-0-1/NominalTimeRunFacet.json", {
                nominalStartTime: start.toISOString(),
                nominalEndTime: end.toISOString(),
              }),
            }),
        ...(eventType === "FAIL"
          ? { errorMessage: facet("1-0-1/ErrorMessageRunFacet.json", { message: reason ?? "failed", programmingLanguage: "TypeScript" }) }
          : {}),
      },
    },
    job: {
      namespace,
      name: `${record.dagId}.${record.taskId}`,
      facets: {
        jobType: facet("2-0-4/JobTypeJobFacet.json", { processingType: "BATCH", integration: "POLYFLOW", jobType: "TASK" }),
      },
    },
    ...datasetsOf(record, names),
  };
}

function datasetsOf(
  { spec, taskId, loads }: LineageRecord,
  names: LineageNames,
): { readonly inputs: readonly Dataset[]; readonly outputs: readonly Dataset[] } {
  const task = spec.tasks.find((candidate) => candidate.taskId === taskId);
  const assets = (references: readonly AssetReference[] = []): readonly Dataset[] =>
    references.flatMap((reference) => (reference.kind === "asset" ? [datasetOf(reference.uri, names.namespace)] : []));
  return {
    inputs: distinct([...assets(task?.inlets), ...loads.flatMap((load) => loadInputs(load, names))]),
    outputs: distinct([...assets(task?.outlets), ...loads.map((load) => loadOutput(load, names))]),
  };
}

/** A dataset that several loads name stands there once, as the last one knows it. */
function distinct(datasets: readonly Dataset[]): readonly Dataset[] {
  return [...new Map(datasets.map((dataset) => [JSON.stringify([dataset.namespace, dataset.name]), dataset])).values()];
}

const DATABASES: ReadonlySet<string> = new Set(["postgres", "mysql", "mssql", "oracle", "clickhouse"]);

/**
 * `s3://bucket/a/b` is `a/b` in the namespace `s3://bucket`; tables have points between their parts: `postgres://host/db/schema/table` is
 * `db.schema.table`. What is no address is in the namespace of the jobs.
 */
function datasetOf(uri: string, namespace: string): Dataset {
  const [, scheme, host, path] = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/(.+)$/i.exec(uri) ?? [];
  if (scheme === undefined || host === undefined || path === undefined) return { namespace, name: uri };
  const known = scheme === "postgresql" ? "postgres" : scheme;
  return { namespace: `${known}://${host}`, name: DATABASES.has(known) ? path.replaceAll("/", ".") : path };
}
