import { PolyflowError } from "@polyflow/contracts";
import type { FastifyRequest } from "fastify";
import type { Caller, Credential } from "./caller.ts";

/** The caller of a route for users; the guard has set it before any handler runs. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined)
    throw new PolyflowError("internal", `No caller is known on ${request.routeOptions.url ?? request.url}.`);
  return request.caller;
}

/** A caller who is signed in, for routes with policy `authenticated`. */
export function signedInCallerOf(request: FastifyRequest): Caller & { readonly credential: Credential } {
  const caller = callerOf(request);
  if (caller.credential === undefined) throw new PolyflowError("not_authenticated", "Sign in first.");
  return { ...caller, credential: caller.credential };
}
