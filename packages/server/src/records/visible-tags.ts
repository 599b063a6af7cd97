import type { Store } from "@polyflow/store";
import type { Rights } from "../access/rights.ts";

/** Tags of the DAGs that the caller may read, sorted: the names of tags of other DAGs are not told either. */
export async function visibleTags(store: Store, rights: Rights): Promise<readonly string[]> {
  const readableDagIds = rights.dagIds("read", "DAGs");
  if (readableDagIds === undefined) return store.dags.listTags();
  if (readableDagIds.length === 0) return [];
  const page = await store.dags.listDags({ readableDagIds, limit: readableDagIds.length, offset: 0 });
  return [...new Set(page.rows.flatMap((dag) => dag.tags))].sort();
}
