import type { ImportErrorRecord, Store } from "@polyflow/store";
import type { Rights } from "../access/rights.ts";

/**
 * Import errors that the caller may see. An error's text can hold lines of the file, so that it takes the right to read every DAG that
 * the file has held; of a file without known DAGs nobody can say whose it is, so that it takes the right to read all.
 */
export async function visibleImportErrors(store: Store, rights: Rights): Promise<readonly ImportErrorRecord[]> {
  if (!rights.everywhere("read", "ImportError")) return [];
  const errors = await store.dags.listImportErrors();
  return errors.filter((error) => isVisible(error, rights));
}

function isVisible(error: ImportErrorRecord, rights: Rights): boolean {
  if (error.dagIds.length === 0) return rights.everywhere("read", "DAGs");
  return error.dagIds.every((dagId) => rights.onDag("read", "DAGs", dagId));
}
