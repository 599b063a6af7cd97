import type { UiDataDrift, UiDataEntity, UiDataLineage, UiDataOverview, UiDataRejects, UiDataSource } from "@polyflow/contracts/wire";

export interface RejectFilter {
  readonly flow?: string | undefined;
  readonly loadId?: string | undefined;
  readonly column?: string | undefined;
  readonly state?: "open" | "fixed" | "replayed" | "dismissed" | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

/**
 * What is known of data: from the projects' metadata and from the warehouse. The server shows it; the application that composes the server
 * knows projects, connections and loader. A warehouse that does not answer is said in `warehouse_problem`, with the rest in place.
 */
export interface DataCatalogue {
  overview(): Promise<UiDataOverview>;
  /** Undefined: there is no such entity. */
  entity(project: string, ref: string): Promise<UiDataEntity | undefined>;
  source(project: string, name: string): Promise<UiDataSource | undefined>;
  /** What flows where, as metadata and models say it; processes and assets are the server's to add. */
  lineage(): Promise<UiDataLineage>;
  /** @throws PolyflowError `database_unavailable` when the warehouse does not answer */
  rejects(filter: RejectFilter): Promise<UiDataRejects>;
  /** @throws PolyflowError `database_unavailable` when the warehouse does not answer */
  drift(state: "open" | "accepted" | "dismissed" | undefined): Promise<UiDataDrift>;
}
