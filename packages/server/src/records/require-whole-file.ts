import { PolyflowError } from "@polyflow/contracts";
import type { DagRecord, Store } from "@polyflow/store";
import type { Rights } from "../access/rights.ts";

const PAGE = 500;

/**
 * A file can define several DAGs, and its source shows them all: it takes the right to read the code of each.
 * Who may read all code is asked nothing more; for others the DAGs are looked through for those of the same file.
 * @throws PolyflowError `not_allowed`
 */
export async function requireWholeFile(store: Store, dag: DagRecord, rights: Rights): Promise<void> {
  if (rights.everywhere("read", "DAG Code")) return;
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const page = await store.dags.listDags({ onlyActive: false, limit: PAGE, offset });
    total = page.total;
    const isHidden = (other: DagRecord): boolean =>
      other.bundleName === dag.bundleName && other.relativePath === dag.relativePath && !rights.onDag("read", "DAG Code", other.dagId);
    if (page.rows.some(isHidden)) {
      throw new PolyflowError("not_allowed", `The file of DAG "${dag.dagId}" also defines DAGs whose code you may not read.`);
    }
  }
}
