import type { TaskSpec } from "@polyflow/contracts";
import type { UiDataLineage, UiLineageEdge, UiLineageNode } from "@polyflow/contracts/wire";
import type { AssetRecord, DagRecord, Store } from "@polyflow/store";
import type { Rights } from "../access/rights.ts";

/** Operators that move data as metadata says. */
const WRITERS: ReadonlySet<string> = new Set(["load", "models"]);
const PAGE = 500;
const MOST_ASSETS = 5000;

/** Adds the tasks that load and build, and the assets of DAGs, as far as the caller may read them (B10, C6). */
export async function withProcesses(
  lineage: UiDataLineage,
  { assets, dags }: Pick<Store, "assets" | "dags">,
  rights: Rights,
): Promise<UiDataLineage> {
  const readableDagIds = rights.dagIds("read", "DAGs");
  const readable = readableDagIds === undefined ? {} : { readableDagIds };
  const processes = new Map<string, UiLineageNode>();
  const edges = lineage.edges.map((edge) => ({ ...edge, by: [...edge.by] }));
  const nodes = new Map(lineage.nodes.map((node) => [node.id, node]));
  for await (const dag of allDags(dags, readable)) {
    for (const task of dag.spec.tasks.filter(({ operator }) => WRITERS.has(operator))) {
      for (const edge of edges.filter((one) => carries(task, dag, { edge: one, nodes }))) {
        const process = processNode(dag.dagId, task.taskId, edge.to);
        processes.set(process.id, process);
        edge.by.push(process.id);
      }
    }
  }
  const page = rights.everywhere("read", "Assets") ? await assets.listAssets({ ...readable, limit: MOST_ASSETS, offset: 0 }) : { rows: [] };
  const used = assetParts(page.rows, lineage.nodes);
  for (const node of used.processes) processes.set(node.id, node);
  return {
    ...lineage,
    nodes: [...lineage.nodes, ...used.assets, ...processes.values()],
    edges: [...edges, ...used.edges],
  };
}

async function* allDags(dags: Store["dags"], readable: { readonly readableDagIds?: readonly string[] }): AsyncGenerator<DagRecord> {
  for (let offset = 0; ; offset += PAGE) {
    const { rows, total } = await dags.listDags({ ...readable, limit: PAGE, offset });
    yield* rows;
    if (rows.length === 0 || offset + rows.length >= total) return;
  }
}

interface Carried {
  readonly edge: UiLineageEdge;
  readonly nodes: ReadonlyMap<string, UiLineageNode>;
}

/** A `load` names its flow, `models` the models that it builds. */
function carries({ operator, details }: TaskSpec, dag: DagRecord, { edge, nodes }: Carried): boolean {
  const target = nodes.get(edge.to);
  if (target?.project !== dag.bundleName) return false;
  if (operator === "load") return edge.flow !== null && details["flow"] === edge.flow;
  if (operator !== "models" || target.kind !== "model") return false;
  const models = details["models"];
  return models === "all" || (Array.isArray(models) && models.includes(target.name));
}

/** One node for each table that a task writes: a task that builds several would otherwise seem to mix them. */
function processNode(dagId: string, taskId: string | null, target: string): UiLineageNode {
  const id = ["process", dagId, taskId ?? "", target].join(" ");
  const rest = { project: null, title: null, description: null, translations: {}, owner: null, columns: [], asset_id: null };
  return { id, kind: "process", name: dagId, detail: taskId, ...rest };
}

function assetParts(assets: readonly AssetRecord[], tables: readonly UiLineageNode[]) {
  const nodes: UiLineageNode[] = [];
  const processes = new Map<string, UiLineageNode>();
  const edges: UiLineageEdge[] = [];
  for (const { assetId, name, uri, uses } of assets) {
    const table = tables.find((node) => node.kind !== "source" && isTable(uri, name, node));
    const asset = table?.id ?? `asset ${assetId}`;
    if (table === undefined) {
      const rest = { project: null, title: null, description: null, translations: {}, owner: null, columns: [] };
      nodes.push({ id: asset, kind: "asset", name, detail: uri === name ? null : uri, asset_id: assetId, ...rest });
    }
    for (const { dagId, role } of uses) {
      const process = processNode(dagId, null, "");
      processes.set(process.id, process);
      const [from, to] = role === "outlet" ? [process.id, asset] : [asset, process.id];
      if (!edges.some((edge) => edge.from === from && edge.to === to)) edges.push({ from, to, flow: null, by: [], columns: [] });
    }
  }
  return { assets: nodes, processes: processes.values(), edges };
}

/** An asset is a table where its name or the end of its address is `schema.table` or `schema/table`. */
function isTable(uri: string, name: string, { detail, name: nodeName }: UiLineageNode): boolean {
  const table = detail ?? nodeName;
  return name === table || uri.endsWith(`/${table}`) || uri.endsWith(`/${table.replace(".", "/")}`);
}
