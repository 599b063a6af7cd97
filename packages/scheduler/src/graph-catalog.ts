import type { DagVersionId } from "@polyflow/contracts";
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

  /** @returns undefined when the version cannot be read; says so once. */
  async get(versionId: DagVersionId): Promise<DagGraph | undefined> {
    const known = this.#graphs.get(versionId);
    if (known !== undefined) return known;
    try {
      const graph = buildDagGraph(await this.#context.store.scheduler.getSpec(versionId));
      this.#graphs.set(versionId, graph);
      return graph;
    } catch (error) {
      if (endsThePass(error)) throw error;
      this.#logOnce.error(versionId, "a DAG version cannot be read; its runs stand still", { versionId, error });
      return undefined;
    }
  }
}
