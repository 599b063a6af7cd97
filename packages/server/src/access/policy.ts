import type { Action, Resource } from "@polyflow/contracts";
import type { FastifyRequest } from "fastify";

/** Says that a route answers for many DAGs: its handler must filter by `caller.rights.readableDagIds`. */
export const FILTERED: unique symbol = Symbol("filtered by the caller's rights");

/** One right that a route demands. */
export interface RightPolicy {
  readonly action: Action;
  readonly resource: Resource;
  /**
   * The DAG that the route acts on, read from the parsed request; `FILTERED` when it answers for all DAGs that the caller may see.
   * Without it the right must be held for everything.
   */
  readonly dagId?: (request: FastifyRequest) => string | typeof FILTERED;
}

/**
 * Who may call a route; each route declares one in its `config`, and the server does not start when one is missing.
 *
 * - `public`: anybody; no credentials are looked at
 * - `authenticated`: any user who is signed in
 * - `worker`: the holder of the worker key
 * - `session`: the worker of the session that the path (or body) names
 * - `attempt`: the task process of the attempt that the path names
 * - rights: all of them must be held
 */
export type Policy = "public" | "authenticated" | "worker" | "session" | "attempt" | RightPolicy | readonly RightPolicy[];

declare module "fastify" {
  interface FastifyContextConfig {
    policy?: Policy;
    /** Verb and object for the audit log (`edit_dag`); every mutating route for users has one. */
    audit?: string;
    /** It only asks: what it asks is so frequent that rows about it would bury the others. Refusals are recorded all the same. */
    unrecorded?: true;
  }
}

/** The DAG named by the path parameter `dag_id`; `~` stands for all that the caller may see. */
export function dagOfPath(request: FastifyRequest): string | typeof FILTERED {
  const params = request.params;
  const dagId = typeof params === "object" && params !== null && "dag_id" in params ? params.dag_id : undefined;
  // An id that is not there must never widen the right: no DAG has the empty id, so that this demands the right for all DAGs.
  if (typeof dagId !== "string") return "";
  return dagId === "~" ? FILTERED : dagId;
}

/**
 * A right on the DAG that the path names.
 * @example config: { policy: onDag("read", "DAG Runs") }
 */
export function onDag(action: Action, resource: Resource): RightPolicy {
  return { action, resource, dagId: dagOfPath };
}

/** A right that the handler applies to each row of its answer. */
export function filtered(action: Action, resource: Resource): RightPolicy {
  return { action, resource, dagId: () => FILTERED };
}

/** A right on something that belongs to no DAG. */
export function globally(action: Action, resource: Resource): RightPolicy {
  return { action, resource };
}

export function rightsOfPolicy(policy: Policy): readonly RightPolicy[] {
  if (typeof policy === "string") return [];
  return "action" in policy ? [policy] : policy;
}
