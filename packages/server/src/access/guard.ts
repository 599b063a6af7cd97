import { PolyflowError } from "@polyflow/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { AuditLog } from "./audit-log.ts";
import type { Caller } from "./caller.ts";
import type { ExecutionTokens } from "./execution-tokens.ts";
import { FILTERED, type Policy, type RightPolicy, rightsOfPolicy } from "./policy.ts";
import { equalSecrets } from "./secret-text.ts";
import type { SessionCookie } from "./session-cookie.ts";
import type { Sessions } from "./sessions.ts";

export interface GuardOptions {
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly tokens: ExecutionTokens;
  readonly workerKey: string;
  readonly audit: AuditLog;
}

/** A route as it was registered; tests walk over all of them. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly policy: Policy;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The one place where access is decided. Registration throws for a route without a policy; `onRequest` finds out who calls;
 * `preHandler` checks rights on the same parsed values that the handler uses; `onSend` writes the audit row.
 * Call it on the root instance before any route is registered.
 */
export function guardRoutes(app: FastifyInstance, options: GuardOptions): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.decorateRequest("caller", undefined);
  app.decorateRequest("auditDetails", undefined);
  app.decorateRequest("errorCode", undefined);
  app.decorateRequest("claimedUsername", undefined);
  app.decorateRequest("tokenSubject", undefined);
  app.addHook("onRoute", (route) => {
    const policy = requirePolicy(route);
    for (const method of [route.method].flat()) routes.push({ method, url: route.url, policy });
  });
  app.addHook("onRequest", (request) => identify(request, options));
  app.addHook("preHandler", async (request) => authorise(request));
  app.addHook("onSend", async (request, reply) => {
    await writeAudit(request, reply, options.audit);
  });
  return routes;
}

function requirePolicy(route: RouteOptions): Policy {
  const policy = route.config?.policy;
  const name = `${[route.method].flat().join("|")} ${route.url}`;
  if (policy === undefined || (Array.isArray(policy) && policy.length === 0)) {
    throw new PolyflowError("internal", `Route ${name} declares no policy. Add \`config: { policy: … }\`: nothing is open by default.`);
  }
  const isForUsers = typeof policy !== "string" || policy === "authenticated";
  const mutates = [route.method].flat().some((method) => !SAFE_METHODS.has(method));
  if (isForUsers && mutates && route.config?.audit === undefined) {
    throw new PolyflowError("internal", `Route ${name} changes something but declares no audit event. Add \`config: { audit: "…" }\`.`);
  }
  return policy;
}

async function identify(request: FastifyRequest, options: GuardOptions): Promise<void> {
  const policy = request.routeOptions.config.policy;
  // Without a policy it is the handler of unknown addresses: it answers 404 to everybody.
  if (policy === undefined || policy === "public") return;
  if (policy === "worker" || policy === "session" || policy === "attempt") {
    identifyWorker(request, policy, options);
    return;
  }
  request.caller = await identifyUser(request, options);
  if (policy === "authenticated" ? request.caller.credential === undefined : isStranger(request.caller)) throw notAuthenticated();
}

function isStranger(caller: Caller): boolean {
  return caller.credential === undefined && caller.rights.isEmpty;
}

function identifyWorker(request: FastifyRequest, policy: "worker" | "session" | "attempt", options: GuardOptions): void {
  const token = bearerOf(request);
  if (token === undefined) throw notAuthenticated();
  if (policy === "worker") {
    if (!equalSecrets(token, options.workerKey)) throw notAuthenticated();
    return;
  }
  const subject = options.tokens.verify(policy, token);
  if (subject === undefined) throw notAuthenticated();
  request.tokenSubject = subject;
  // The id in the path is compared here once for all routes; a token of another attempt is as good as none.
  const named = pathId(request, policy === "session" ? "sessionId" : "attemptId");
  if (named === undefined ? policy === "attempt" : named !== subject) {
    throw new PolyflowError("not_allowed", `This token is for another ${policy}.`);
  }
}

async function identifyUser(request: FastifyRequest, options: GuardOptions): Promise<Caller> {
  const bearer = bearerOf(request);
  if (bearer !== undefined || request.headers.authorization !== undefined) {
    // A bearer token that was shown counts, also when it is wrong and a good cookie lies beside it.
    const caller = bearer === undefined ? undefined : await options.sessions.find(bearer, "token");
    if (caller === undefined) throw notAuthenticated();
    return caller;
  }
  const secret = options.cookie.read(request);
  const caller = secret === undefined ? undefined : await options.sessions.find(secret, "cookie");
  if (caller === undefined) return options.sessions.nobody();
  if (!SAFE_METHODS.has(request.method)) checkCsrf(request, caller, options.sessions);
  return caller;
}

function checkCsrf(request: FastifyRequest, caller: Caller, sessions: Sessions): void {
  const token = request.headers["x-csrf-token"];
  if (caller.credential !== undefined && typeof token === "string" && sessions.isCsrfToken(caller.credential, token)) return;
  request.caller = caller;
  throw new PolyflowError(
    "csrf_rejected",
    "Header X-CSRF-Token is missing or wrong. Read the token from GET /ui/session, or use a bearer token from POST /auth/token.",
  );
}

function authorise(request: FastifyRequest): void {
  const policy = request.routeOptions.config.policy;
  if (policy === undefined || typeof policy === "string") return;
  const caller = request.caller;
  for (const right of rightsOfPolicy(policy)) {
    if (caller !== undefined && isGranted(right, caller, request)) continue;
    if (caller?.credential === undefined) throw notAuthenticated();
    throw new PolyflowError("not_allowed", `You need the right to ${right.action} ${right.resource} here. An administrator can grant it.`);
  }
}

function isGranted(right: RightPolicy, caller: Caller, request: FastifyRequest): boolean {
  if (right.dagId === undefined) return caller.rights.everywhere(right.action, right.resource);
  const dagId = right.dagId(request);
  if (dagId === FILTERED) return caller.rights.somewhere(right.action, right.resource);
  return caller.rights.onDag(right.action, right.resource, dagId);
}

async function writeAudit(request: FastifyRequest, reply: FastifyReply, audit: AuditLog): Promise<void> {
  const { policy, audit: event, unrecorded } = request.routeOptions.config;
  const isRefusal = reply.statusCode === 401 || reply.statusCode === 403;
  if (isRefusal && policy !== undefined && !isAnonymousLook(request)) {
    await audit.record(request, event === "sign_in" ? "sign_in_failed" : "refused", {
      method: request.method,
      route: request.routeOptions.url ?? "",
      code: request.errorCode ?? "",
    });
    return;
  }
  if (event === undefined || unrecorded === true || reply.statusCode >= 400 || SAFE_METHODS.has(request.method)) return;
  await audit.record(request, event, request.auditDetails ?? {});
}

/** Somebody without any credential looks at something: there is nobody to name, and every visitor of the sign-in page does it. */
function isAnonymousLook(request: FastifyRequest): boolean {
  return SAFE_METHODS.has(request.method) && request.headers.authorization === undefined && request.caller?.credential === undefined;
}

/** The token of `Authorization: Bearer …`; undefined for none and for other schemes. */
function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function pathId(request: FastifyRequest, name: string): string | undefined {
  const params = request.params;
  const value: unknown = typeof params === "object" && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === "string" ? value : undefined;
}

function notAuthenticated(): PolyflowError {
  return new PolyflowError("not_authenticated", "Sign in, or send a bearer token of POST /auth/token.");
}
