import type { DagRunKey } from "@polyflow/contracts";

/** An update of an asset, and the runs that answered it: one for each DAG that is scheduled by the asset. */
export interface ModelAssetEvent {
  readonly eventId: number;
  readonly asset: string;
  /** DAGs in whose queue it is. */
  readonly waiting: Set<string>;
  readonly answers: { readonly dagId: string; readonly runKey: DagRunKey }[];
}
