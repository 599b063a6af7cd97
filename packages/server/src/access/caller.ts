import type { JsonObject } from "@polyflow/contracts";
import type { Principal } from "@polyflow/store";
import type { Rights } from "./rights.ts";

/** How a caller showed who they are. */
export interface Credential {
  readonly kind: "cookie" | "token";
  readonly tokenHash: string;
}

/** Who calls, with what rights. Nobody has the rights of role Public and no credential. */
export interface Caller {
  readonly principal: Principal;
  readonly rights: Rights;
  readonly credential: Credential | undefined;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set on every route that is neither public nor for workers. */
    caller: Caller | undefined;
    /** What the audit row of this call says beside who and what; never values of secrets. */
    auditDetails: JsonObject | undefined;
    /** Code of the error that this call was answered with. */
    errorCode: string | undefined;
    /** The session or attempt that the token of a worker names. */
    tokenSubject: string | undefined;
    /** Name under which somebody tried to sign in, for the audit row. */
    claimedUsername: string | undefined;
  }
}
