import { type DagSpec, type DagVersionId, PolyflowError } from "@polyflow/contracts";
import type { Database } from "./database.ts";
import { statement } from "./statement.ts";

/** Parameters: version ids. Result: their specs. Locks: none. */
const SPECS = statement("specs", `select dag_version_id, spec from polyflow.dag_version where dag_version_id = any($1::uuid[])`);

const MAX_ENTRIES = 2_000;

/** Specs by version: they never change, and parsing a large one for each attempt would cost more than the attempt. */
export class SpecCache {
  readonly #database: Database;
  readonly #specs = new Map<string, DagSpec>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the specs of those versions that exist. */
  async load(versionIds: readonly string[]): Promise<ReadonlyMap<string, DagSpec>> {
    const found = new Map<string, DagSpec>();
    const missing = new Set<string>();
    for (const versionId of versionIds) {
      const spec = this.#specs.get(versionId);
      if (spec === undefined) missing.add(versionId);
      else found.set(versionId, spec);
    }
    if (missing.size > 0) {
      for (const row of await this.#database.query<{ dag_version_id: DagVersionId; spec: DagSpec }>(SPECS, [[...missing]])) {
        found.set(row.dag_version_id, row.spec);
        this.#keep(row.dag_version_id, row.spec);
      }
    }
    return found;
  }

  async get(versionId: string): Promise<DagSpec | undefined> {
    return this.#specs.get(versionId) ?? (await this.load([versionId])).get(versionId);
  }

  /** For versions that a foreign row names, so that they exist. */
  async require(versionId: string): Promise<DagSpec> {
    const spec = await this.get(versionId);
    if (spec !== undefined) return spec;
    throw new PolyflowError("dag_not_found", `Version ${versionId} is not there any more: its DAG was deleted.`);
  }

  #keep(versionId: string, spec: DagSpec): void {
    this.#specs.set(versionId, spec);
    if (this.#specs.size <= MAX_ENTRIES) return;
    // The oldest entry: a Map iterates in the order of insertion.
    for (const oldest of this.#specs.keys()) {
      this.#specs.delete(oldest);
      return;
    }
  }
}
