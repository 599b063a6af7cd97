import type { Action, Permission, Resource } from "@polyflow/contracts";

/** Kinds of resources that belong to a DAG: using one demands a right on the DAG as well. */
const OF_A_DAG: ReadonlySet<Resource> = new Set<Resource>([
  "DAG Code",
  "DAG Runs",
  "DAG Versions",
  "DAG Warnings",
  "Backfills",
  "Task Instances",
  "Task Logs",
  "XComs",
]);

/**
 * What a caller may do. A grant holds for all DAGs or for one. What belongs to a DAG (runs, task instances, logs …) demands the right
 * on that kind and on the DAG itself: `read` to look, `edit` to change. No grant, no right.
 */
export class Rights {
  readonly #everywhere = new Set<string>();
  readonly #onDag = new Map<string, Set<string>>();

  constructor(permissions: readonly Permission[]) {
    for (const permission of permissions) {
      const right = nameOf(permission.action, permission.resource);
      if (permission.dagId === undefined) this.#everywhere.add(right);
      else this.#dagIdsOf(right).add(permission.dagId);
    }
  }

  /** The rights of a list of grants, which are put together once for each list. */
  static of(permissions: readonly Permission[]): Rights {
    const known = RIGHTS_OF.get(permissions);
    if (known !== undefined) return known;
    const rights = new Rights(permissions);
    RIGHTS_OF.set(permissions, rights);
    return rights;
  }

  /** Whether nothing at all was granted. */
  get isEmpty(): boolean {
    return this.#everywhere.size === 0 && this.#onDag.size === 0;
  }

  /** Whether the right is held for everything of its kind. */
  everywhere(action: Action, resource: Resource): boolean {
    return this.#everywhere.has(nameOf(action, resource)) && (!OF_A_DAG.has(resource) || this.#everywhere.has(onTheDag(action)));
  }

  onDag(action: Action, resource: Resource, dagId: string): boolean {
    return this.#holds(nameOf(action, resource), dagId) && (!OF_A_DAG.has(resource) || this.#holds(onTheDag(action), dagId));
  }

  /**
   * DAGs for which the right is held; undefined: for all, an empty array: for none.
   * Pass it to the store as `readableDagIds`.
   */
  dagIds(action: Action, resource: Resource): readonly string[] | undefined {
    if (this.everywhere(action, resource)) return undefined;
    const candidates = new Set<string>();
    for (const dagIds of this.#onDag.values()) for (const dagId of dagIds) candidates.add(dagId);
    return [...candidates].filter((dagId) => this.onDag(action, resource, dagId));
  }

  /** Whether the right is held for at least one DAG. */
  somewhere(action: Action, resource: Resource): boolean {
    const dagIds = this.dagIds(action, resource);
    return dagIds === undefined || dagIds.length > 0;
  }

  #holds(right: string, dagId: string): boolean {
    return this.#everywhere.has(right) || (this.#onDag.get(right)?.has(dagId) ?? false);
  }

  #dagIdsOf(right: string): Set<string> {
    let dagIds = this.#onDag.get(right);
    if (dagIds === undefined) {
      dagIds = new Set();
      this.#onDag.set(right, dagIds);
    }
    return dagIds;
  }
}

const RIGHTS_OF = new WeakMap<readonly Permission[], Rights>();

function onTheDag(action: Action): string {
  return nameOf(action === "read" || action === "menu" ? "read" : "edit", "DAGs");
}

/** Actions have no blanks, so that no two pairs share a name. */
function nameOf(action: Action, resource: Resource): string {
  return `${action} ${resource}`;
}
