import type { DagVersionId } from "@polyflow/contracts";
import { PolyflowError } from "@polyflow/contracts";
import { buildDagGraph, type DagGraph } from "@polyflow/lifecycle";
import { BoundedCache } from "./bounded-cache.ts";
import { endsThePass } from "./fatal-to-pass.ts";
import { LogOnce } from "./log-once.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** Graphs of DAG versions, read once each. A version that cannot be read holds up its own runs and no others. */
export class GraphCatalog {
  readonly #context: SchedulerContext;
  readonly #graphs: BoundedCache<DagVersionId, DagGraph>;
  readonly #logOnce: LogOnce;

  constructor(context: SchedulerContext) {
    this.#context = context;
    this.#graphs = new BoundedCache(context.options.graphsInMemory);
    this.#logOnce = new LogOnce(context.logger);
  }

  /** Graphs of many versions in one round trip at most. Says once which cannot be read; they are missing. */
  async get(versionIds: Iterable<DagVersionId>): Promise<ReadonlyMap<DagVersionId, DagGraph>> {
    const found = new Map<DagVersionId, DagGraph>();
    const unknown: DagVersionId[] = [];
    for (const versionId of new Set(versionIds)) {
      const graph = this.#graphs.get(versionId);
      if (graph === undefined) unknown.push(versionId);
      else found.set(versionId, graph);
    }
    if (unknown.length === 0) return found;
    const specs = await this.#context.store.scheduler.getSpecs(unknown);
    for (const versionId of unknown) {
      try {
        const spec = specs.get(versionId);
        if (spec === undefined)
          throw new PolyflowError("dag_not_found", `Version ${versionId} is not there any more: its DAG was deleted.`);
        const graph = buildDagGraph(spec);
        this.#graphs.set(versionId, graph);
        found.set(versionId, graph);
      } catch (error) {
        if (endsThePass(error)) throw error;
        this.#logOnce.error(versionId, "a DAG version cannot be read; its runs stand still", { versionId, error });
      }
    }
    return found;
  }
}
