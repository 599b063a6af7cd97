import type { DagVersionId } from "@polyflow/contracts";
import type { DagVersionRecord, Store } from "@polyflow/store";

const MAX_KNOWN = 2000;

/** What answers say about the version of a run. */
export interface VersionFacts {
  readonly versionId: DagVersionId;
  readonly versionNumber: number;
  readonly dagId: string;
  readonly displayName: string;
  readonly bundleName: string | null;
  readonly createdAt: Date;
  /** Display names of tasks that have one. */
  readonly taskNames: ReadonlyMap<string, string>;
}

/** Versions never change, so that each is read once and then known. */
export class RunVersions {
  readonly #store: Store;
  readonly #known = new Map<DagVersionId, VersionFacts>();

  constructor(store: Store) {
    this.#store = store;
  }

  async get(versionId: DagVersionId): Promise<VersionFacts | undefined> {
    const known = this.#known.get(versionId);
    if (known !== undefined) return known;
    const version = await this.#store.dags.getVersion(versionId);
    if (version === undefined) return undefined;
    const dag = await this.#store.dags.getDag(version.dagId);
    const facts = versionFacts(version, dag?.bundleName ?? null);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(versionId, facts);
    return facts;
  }

  async getMany(versionIds: Iterable<DagVersionId>): Promise<ReadonlyMap<DagVersionId, VersionFacts>> {
    const facts = await Promise.all([...new Set(versionIds)].map((versionId) => this.get(versionId)));
    return new Map(facts.filter((found) => found !== undefined).map((found) => [found.versionId, found]));
  }
}

export function versionFacts(version: DagVersionRecord, bundleName: string | null): VersionFacts {
  const names = version.spec.tasks.flatMap((task) => (task.displayName === undefined ? [] : [[task.taskId, task.displayName] as const]));
  return {
    versionId: version.versionId,
    versionNumber: version.versionNumber,
    dagId: version.dagId,
    displayName: version.spec.displayName ?? version.dagId,
    bundleName,
    createdAt: version.createdAt,
    taskNames: new Map(names),
  };
}
