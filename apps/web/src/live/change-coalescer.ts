import type { ChangeEvent } from "@polyflow/contracts";
import { matchQuery, type Query, type QueryClient, type QueryKey } from "@tanstack/react-query";
import type { UiDagList } from "../api/dags.ts";
import { affectedQueries, concernsPage } from "./affected-queries.ts";

/** Changes come in bursts; one refetch per query answers a whole burst. */
const WINDOW_MS = 200;

/**
 * Collects changes and marks the queries they concern as stale, at most once per window.
 * A query that is being fetched is not restarted (a busy system would starve it) but fetched once more afterwards.
 */
export class ChangeCoalescer {
  readonly #client: QueryClient;
  readonly #pending = new Map<string, ChangeEvent>();
  /** Hashes of queries that were being fetched when they became stale. */
  readonly #again = new Set<string>();
  #everything = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  add(event: ChangeEvent): void {
    if (event.kind === "resync") this.#everything = true;
    else this.#pending.set(eventKey(event), event);
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending.clear();
    this.#again.clear();
    this.#everything = false;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, WINDOW_MS);
  }

  #flush(): void {
    const events = [...this.#pending.values()];
    const stale = new Set(this.#again);
    for (const query of this.#client.getQueryCache().getAll()) {
      if (query.queryKey[0] === "session") continue;
      if (this.#everything || events.some((event) => concerns(event, query))) stale.add(query.queryHash);
    }
    this.#pending.clear();
    this.#again.clear();
    this.#everything = false;
    for (const hash of stale) {
      if (this.#client.getQueryCache().get(hash)?.state.fetchStatus !== "fetching") continue;
      stale.delete(hash);
      this.#again.add(hash);
    }
    if (stale.size > 0) void this.#client.invalidateQueries({ predicate: (query) => stale.has(query.queryHash) }, { cancelRefetch: false });
    if (this.#again.size > 0) this.#schedule();
  }
}

function concerns(event: ChangeEvent, query: Query): boolean {
  const prefixes: readonly QueryKey[] | null = affectedQueries(event);
  if (prefixes === null) return true;
  if (!prefixes.some((queryKey) => matchQuery({ queryKey }, query))) return false;
  // The parsing edge of the cache: keys starting with "dags" hold pages of the list.
  return query.queryKey[0] !== "dags" || concernsPage(event, query.state.data as UiDagList | undefined);
}

function eventKey(event: ChangeEvent): string {
  switch (event.kind) {
    case "task_instance":
      return `${event.kind}/${event.dagId}/${event.runId}/${event.taskId}`;
    case "run":
      return `${event.kind}/${event.dagId}/${event.runId}`;
    case "load_report":
      return `${event.kind}/${event.dagId}/${event.runId}`;
    case "dag":
    case "dag_removed":
      return `${event.kind}/${event.dagId}`;
    case "asset_event":
      return `${event.kind}/${event.assetId}`;
    case "backfill":
      return `${event.kind}/${event.backfillId}`;
    case "import_errors":
    case "resync":
      return event.kind;
  }
}
