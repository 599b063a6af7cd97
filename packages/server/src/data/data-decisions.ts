import type { RejectFilter } from "./data-catalogue.ts";

export interface DecidedDrift {
  readonly driftId: number;
  readonly flow: string;
  readonly column: string;
  /** YAML files that changed, relative to the project. */
  readonly files: readonly string[];
  /** Statements that were run in the warehouse. */
  readonly statements: readonly string[];
}

export interface ReplayedRejects {
  readonly loadId: string;
  readonly loaded: number;
  readonly rejected: number;
}

/** What people decide about data that loads have met; the application that composes the server knows projects and warehouse. */
export interface DataDecisions {
  /**
   * Makes a difference the rule: changes YAML and table.
   * @throws PolyflowError `not_found`, `request_invalid`, `metadata_invalid`, `load_failed`
   */
  acceptDrift(
    driftId: number,
    options: { readonly project?: string | undefined; readonly type?: string | undefined },
  ): Promise<DecidedDrift>;
  /** @throws PolyflowError `not_found`, `request_invalid` */
  dismissDrift(driftId: number): Promise<DecidedDrift>;
  /** Corrects the record of a reject. @throws PolyflowError `request_invalid` */
  fixReject(rejectId: number, values: { readonly [field: string]: string | null }): Promise<void>;
  /** Corrects all records that somebody has changed in an export. @returns how many */
  fixRejects(exported: Uint8Array): Promise<number>;
  dismissRejects(which: { readonly loadId: string; readonly rejectId?: number | undefined }): Promise<number>;
  /** Loads corrected records by their flow, in a process of its own. @throws what the load failed of */
  replayRejects(order: {
    readonly loadId: string;
    readonly project?: string | undefined;
    readonly which: "fixed" | "all";
  }): Promise<ReplayedRejects>;
  /** @param form reasons are worded in the language where it is known */
  exportRejects(
    filter: Omit<RejectFilter, "limit" | "after">,
    form: { readonly format: "csv" | "xlsx"; readonly language: string },
  ): Promise<Uint8Array>;
}
