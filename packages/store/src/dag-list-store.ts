import type { DagRunState, JsonObject, ScheduleSpec } from "@polyflow/contracts";

/** A DAG as the first page lists it: read without its spec. */
export interface ListedDag {
  readonly dagId: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly isPaused: boolean;
  readonly hasImportErrors: boolean;
  /** Name of the project (bundle) the file belongs to. */
  readonly bundleName: string;
  readonly relativePath: string;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly versionNumber: number;
  readonly schedule: ScheduleSpec;
  readonly params: JsonObject;
  readonly taskCount: number;
  readonly nextRunAfter: Date | null;
  readonly isFavourite: boolean;
}

export const DAG_LIST_ORDERS = ["dag_id", "-dag_id", "next_run", "-next_run", "last_run", "-last_run"] as const;
export type DagListOrder = (typeof DAG_LIST_ORDERS)[number];

/** Narrows the list; all that are given must hold. */
export interface DagListQuery {
  /** Part of the id or display name, in whatever case. */
  readonly search?: string;
  /** DAGs with at least one of them. */
  readonly tags?: readonly string[];
  readonly owners?: readonly string[];
  readonly bundleNames?: readonly string[];
  readonly isPaused?: boolean;
  /** State of the newest run; `none`: has never run. */
  readonly newestRunStates?: readonly (DagRunState | "none")[];
  readonly onlyFavourites?: boolean;
  /** Whose favourites are meant. */
  readonly userId: number;
  /** Undefined: all; otherwise the caller may read only these. */
  readonly readableDagIds?: readonly string[];
}

/** Which page: the order, where the one before it ended, and how many DAGs. */
export interface DagListPosition {
  readonly orderBy: DagListOrder;
  readonly after?: string;
  readonly limit: number;
}

export interface DagListPage {
  readonly dags: readonly ListedDag[];
  /** Pass it as `after` for the page that follows; null when there is none. */
  readonly next: string | null;
}

/** What the filters of the list offer, and how many DAGs there are. */
export interface DagFacets {
  readonly total: number;
  readonly paused: number;
  /** DAGs by the state of their newest run; `none`: have never run. */
  readonly byNewestRunState: { readonly [state: string]: number };
  readonly tags: readonly string[];
  readonly owners: readonly string[];
  readonly bundleNames: readonly string[];
}

/** A list as a user likes to see it. */
export interface SavedView {
  readonly name: string;
  /** Query part of the page's address, without `?`. */
  readonly query: string;
}

/** The list of DAGs and what users keep about it. No method counts runs or reads more rows than it answers. */
export interface DagListStore {
  /**
   * One page of the active DAGs, by keyset: the work does not grow with the pages before.
   * @throws PolyflowError `request_invalid` for an `after` that no page gave
   */
  pageDags(query: DagListQuery, page: DagListPosition): Promise<DagListPage>;
  facets(query: Pick<DagListQuery, "readableDagIds">): Promise<DagFacets>;
  /** How many of the active DAGs that the user may read are favourites of theirs. */
  countFavourites(query: Pick<DagListQuery, "userId" | "readableDagIds">): Promise<number>;
  isFavourite(userId: number, dagId: string): Promise<boolean>;
  /** Does nothing when it is so already, or when there is no such DAG. */
  setFavourite(userId: number, dagId: string, isFavourite: boolean): Promise<void>;
  listViews(userId: number, page: string): Promise<readonly SavedView[]>;
  /** Replaces a view of the same name. */
  saveView(userId: number, page: string, view: SavedView): Promise<void>;
  deleteView(userId: number, page: string, name: string): Promise<boolean>;
}
