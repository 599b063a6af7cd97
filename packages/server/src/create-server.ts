import { randomUUID } from "node:crypto";
import { isIPv6, type AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import { PolyflowError } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import { SecretLookup } from "@polyflow/store";
import Fastify, { type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { AuditLog } from "./access/audit-log.ts";
import { ExecutionTokens } from "./access/execution-tokens.ts";
import { guardRoutes, type RegisteredRoute } from "./access/guard.ts";
import { sessionCookie } from "./access/session-cookie.ts";
import { Sessions } from "./access/sessions.ts";
import { SignIn } from "./access/sign-in.ts";
import { signInLimits } from "./access/sign-in-limits.ts";
import { AttemptCalls } from "./execution/attempt-calls.ts";
import { NearAttemptCalls } from "./execution/near-attempt-calls.ts";
import { EventHub } from "./events/event-hub.ts";
import { errorHandler } from "./http/error-answers.ts";
import { addOpenApi } from "./http/open-api.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { addWebInterface } from "./http/web-interface.ts";
import { LogStore } from "./logs/log-store.ts";
import { collectGarbage } from "./records/garbage-collection.ts";
import { ParamsValidator } from "./params/params-validator.ts";
import { addRoutes } from "./routes.ts";
import { OwnTranslations } from "./translations/own-translations.ts";
import { cleanUploads } from "./uploads/upload-cleaning.ts";
import { UploadStore } from "./uploads/upload-store.ts";
import type { ServerContext } from "./server-context.ts";
import { type CheckedServerOptions, checkServerOptions, type ServerOptions } from "./server-options.ts";

/** While closing, how often connections are looked at. */
const IDLE_LOOK_MS = 50;

/** A request of the same process. */
export interface ServerCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PolyflowServer {
  /**
   * Starts to listen.
   * @param onListening told the address before the first request is answered
   * @throws PolyflowError `port_in_use`, and what `onListening` throws
   */
  listen(onListening?: (url: string) => void): Promise<{ readonly url: string }>;
  /** Ends streams and waits, lets running requests finish, closes. The store stays open: it is not ours. */
  close(): Promise<void>;
  /** Answers a call of the same process as if it had come by HTTP, without a socket. @throws Error when the server is closed */
  call(call: ServerCall): Promise<{ readonly status: number; readonly body: Buffer }>;
  /** The calls that every attempt makes, without HTTP, for a worker of the same process. */
  readonly attempts: NearAttemptCalls;
  /** Sends a request without a socket; for tests. */
  readonly inject: FastifyInstance["inject"];
  /** All routes with their policies. */
  readonly routes: readonly RegisteredRoute[];
  /** The OpenAPI document of the public routes. */
  openApi(): object;
}

/**
 * Puts together the HTTP server: REST API, Execution API, interface. Nothing listens yet.
 *
 * @throws PolyflowError `config_invalid`; an error when a route declares no policy.
 * @example
 * const server = await createServer({ store, clock: systemClock, logger, host: "127.0.0.1", port: 8080, … });
 * const { url } = await server.listen();
 */
export async function createServer(options: ServerOptions): Promise<PolyflowServer> {
  const checked = checkServerOptions(options);
  const app = newFastify(checked);
  app.setErrorHandler(errorHandler(checked.logger));
  const addSecurityHeaders = securityHeaders(checked.cookieSecure);
  app.addHook("onRequest", async (request, reply) => addSecurityHeaders(request, reply));
  await app.register(cookie);

  const closing = new AbortController();
  const context = await newContext(app, checked, closing.signal);
  const routes = guardRoutes(app, {
    sessions: context.sessions,
    cookie: context.cookie,
    tokens: context.tokens,
    workerKey: checked.workerKey,
    audit: new AuditLog(checked.store.identity, checked.logger),
  });
  await addOpenApi(app, checked.version);
  await app.register(async (scope) => addRoutes(scope.withTypeProvider<ZodTypeProvider>(), context), { prefix: checked.basePath });
  await addWebInterface(app, { webRoot: checked.webRoot, basePath: checked.basePath });

  const stopCollecting = collectGarbage(checked);
  const stopCleaning = checked.uploads === undefined ? () => undefined : cleanUploads({ ...checked, ...checked.uploads });
  app.addHook("preClose", async () => {
    closing.abort();
    stopCollecting();
    stopCleaning();
    context.events.close();
    closeConnectionsAsTheyFallIdle(app, checked.clock);
  });
  app.addHook("onClose", () => context.logs.flush());
  await app.ready();

  return {
    listen: (onListening) => listen(app, checked, onListening),
    close: () => app.close(),
    async call({ method, path, headers, body }) {
      const answer = await app.inject({ method, url: path, headers: { ...headers }, ...(body === undefined ? {} : { payload: body }) });
      return { status: answer.statusCode, body: answer.rawPayload };
    },
    attempts: new NearAttemptCalls({
      calls: context.attemptCalls,
      tokens: context.tokens,
      logger: checked.logger,
      closing: closing.signal,
    }),
    inject: app.inject.bind(app),
    routes,
    openApi: () => app.swagger(),
  };
}

function newFastify(options: CheckedServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    trustProxy: typeof options.trustProxy === "boolean" ? options.trustProxy : [...options.trustProxy],
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    // Ids have up to 250 letters of up to 4 bytes, each three characters long in a URL.
    routerOptions: { maxParamLength: 3000 },
    frameworkErrors(error, request, reply) {
      securityHeaders(options.cookieSecure)(request, reply);
      errorHandler(options.logger)(error, request, reply);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // JSON alone: a page of another site can send text/plain without asking, but not JSON.
  app.removeContentTypeParser("text/plain");
  return app;
}

async function newContext(app: FastifyInstance, options: CheckedServerOptions, closing: AbortSignal): Promise<ServerContext> {
  const { store, clock, logger, signingKey } = options;
  const tokens = new ExecutionTokens(signingKey, clock);
  const logs = new LogStore(options.logDir);
  const sessions = new Sessions({ identity: store.identity, clock, signingKey, ttlMs: options.sessionTtlMs });
  return {
    store,
    clock,
    logger,
    version: options.version,
    timezone: options.timezone,
    colors: options.colors,
    heartbeatIntervalMs: options.heartbeatIntervalMs,
    backfillMaxDates: options.backfillMaxDates,
    parallelism: options.parallelism,
    maxActiveTasksOver: options.maxActiveTasksOver,
    sessions,
    cookie: sessionCookie({ secure: options.cookieSecure, basePath: options.basePath, ttlMs: options.sessionTtlMs }),
    signIn: new SignIn({ identity: store.identity, sessions, clock, limits: await signInLimits(app) }),
    tokens,
    attemptCalls: new AttemptCalls({ store, clock, tokens, logs }),
    secrets: new SecretLookup({ backends: options.secretBackends, secrets: store.secrets, systemSchema: options.systemSchema }),
    logs,
    events: new EventHub({ store, sessions, clock, logger }),
    params: new ParamsValidator(),
    installation: options.installation,
    codeEditor: options.codeEditor,
    translations: new OwnTranslations(options.translationsFolder, logger),
    data: options.data,
    dataDecisions: options.dataDecisions,
    layouts: options.layouts,
    connections: options.connections,
    uploads: options.uploads === undefined ? undefined : new UploadStore(options.uploads, clock),
    closing,
  };
}

async function listen(
  app: FastifyInstance,
  options: CheckedServerOptions,
  onListening: (url: string) => void = () => undefined,
): Promise<{ readonly url: string }> {
  // Node takes the first connection after those who wait for this event have been told.
  const listening = new Promise<string>((resolve, reject) => {
    app.server.once("listening", () => {
      try {
        const url = addressOf(app, options);
        onListening(url);
        resolve(url);
      } catch (error) {
        reject(error);
      }
    });
  });
  // Whether it listens at all is what the next statement says.
  listening.catch(() => undefined);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new PolyflowError(
        "port_in_use",
        `Port ${options.port} of ${options.host} is taken. End what holds it, or start with --port N.`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
  return { url: await listening };
}

function addressOf(app: FastifyInstance, options: CheckedServerOptions): string {
  const address = app.server.address();
  const port = isAddressInfo(address) ? address.port : options.port;
  return `http://${isIPv6(options.host) ? `[${options.host}]` : options.host}:${port}${options.basePath}`;
}

/** Node closes connections that are idle when it is told to; those that were busy then would stay open until their client leaves. */
function closeConnectionsAsTheyFallIdle(app: FastifyInstance, clock: Clock): void {
  if (!app.server.listening) return;
  let cancel: (() => void) | undefined;
  const look = (): void => {
    app.server.closeIdleConnections();
    cancel = clock.schedule(IDLE_LOOK_MS, look);
  };
  app.server.once("close", () => cancel?.());
  look();
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
