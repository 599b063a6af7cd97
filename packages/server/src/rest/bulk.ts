import { type Action, PolyflowError, type Resource } from "@polyflow/contracts";
import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import type { BulkActionAnswer, bulkAnswer } from "./schemas/bulk-schemas.ts";

/** How one kind of thing is written; the names are those that entities carry. */
export interface BulkTarget<Entity> {
  readonly resource: Resource;
  /** Of things: "pool". */
  readonly noun: string;
  readonly nameOf: (entity: Entity) => string;
  existing(): Promise<ReadonlySet<string>>;
  create(entity: Entity): Promise<void>;
  /** Creates it or replaces what is there. */
  overwrite(entity: Entity): Promise<void>;
  update(entity: Entity): Promise<void>;
  /** @throws PolyflowError when it may not go. */
  remove(name: string): Promise<void>;
}

export type BulkActions<Entity> = readonly (
  | { readonly action: "create"; readonly entities: readonly Entity[]; readonly action_on_existence: "fail" | "skip" | "overwrite" }
  | { readonly action: "update"; readonly entities: readonly Entity[]; readonly action_on_non_existence: "fail" | "skip" }
  | { readonly action: "delete"; readonly entities: readonly (string | Entity)[]; readonly action_on_non_existence: "fail" | "skip" }
)[];

/**
 * Carries out the actions one after the other. With `fail`, an action that meets what it must not meet does nothing at all and says so;
 * what single entities refuse stands among the errors, and the others are done.
 */
export async function runBulk<Entity>(
  request: FastifyRequest,
  actions: BulkActions<Entity>,
  target: BulkTarget<Entity>,
): Promise<z.infer<typeof bulkAnswer>> {
  for (const { action } of actions) requireRight(request, action === "update" ? "edit" : action, target.resource);
  const answer: { create: BulkActionAnswer | null; update: BulkActionAnswer | null; delete: BulkActionAnswer | null } = {
    create: null,
    update: null,
    delete: null,
  };
  for (const one of actions) {
    const { success, errors } = await runAction(one, target);
    const before = answer[one.action] ?? { success: [], errors: [] };
    answer[one.action] = { success: [...before.success, ...success], errors: [...before.errors, ...errors] };
  }
  request.auditDetails = {
    created: answer.create?.success.slice(0, NAMES_IN_AUDIT) ?? [],
    updated: answer.update?.success.slice(0, NAMES_IN_AUDIT) ?? [],
    deleted: answer.delete?.success.slice(0, NAMES_IN_AUDIT) ?? [],
  };
  return answer;
}

/** An audit row names that many things at most. */
const NAMES_IN_AUDIT = 100;

/** The route asks for the right to edit; what else an action needs is asked here, of the same parsed body. */
function requireRight(request: FastifyRequest, action: Action, resource: Resource): void {
  if (callerOf(request).rights.everywhere(action, resource)) return;
  throw new PolyflowError("not_allowed", `You need the right to ${action} ${resource} here. An administrator can grant it.`);
}

async function runAction<Entity>(one: BulkActions<Entity>[number], target: BulkTarget<Entity>): Promise<BulkActionAnswer> {
  const known = await target.existing();
  if (one.action === "create") {
    const taken = one.entities.filter((entity) => known.has(target.nameOf(entity)));
    if (one.action_on_existence === "fail" && taken.length > 0) {
      return refused(taken.map(target.nameOf), (name) => `There is a ${target.noun} "${name}" already.`, 409);
    }
    if (one.action_on_existence === "overwrite") return each(one.entities, target.nameOf, (entity) => target.overwrite(entity));
    const free = one.entities.filter((entity) => !known.has(target.nameOf(entity)));
    return each(free, target.nameOf, (entity) => target.create(entity));
  }
  const nameOf = (entity: string | Entity): string => (typeof entity === "string" ? entity : target.nameOf(entity));
  const missing = one.entities.map(nameOf).filter((name) => !known.has(name));
  if (one.action_on_non_existence === "fail" && missing.length > 0) {
    return refused(missing, (name) => `There is no ${target.noun} "${name}".`, 404);
  }
  if (one.action === "delete") {
    const names = one.entities.map(nameOf).filter((name) => known.has(name));
    return each(
      names,
      (name) => name,
      (name) => target.remove(name),
    );
  }
  const present = one.entities.filter((entity) => known.has(target.nameOf(entity)));
  return each(present, target.nameOf, (entity) => target.update(entity));
}

function refused(names: readonly string[], message: (name: string) => string, status: number): BulkActionAnswer {
  return { success: [], errors: names.map((name) => ({ name, error: message(name), status_code: status })) };
}

async function each<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  work: (item: Item) => Promise<void>,
): Promise<BulkActionAnswer> {
  const success: string[] = [];
  const errors: BulkActionAnswer["errors"][number][] = [];
  for (const item of items) {
    const name = nameOf(item);
    try {
      await work(item);
      success.push(name);
    } catch (error) {
      if (!(error instanceof PolyflowError) || error.fault !== "user") throw error;
      errors.push({ name, error: error.message, status_code: 409 });
    }
  }
  return { success, errors };
}
