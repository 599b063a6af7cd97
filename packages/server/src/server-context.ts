import type { IncomingMessage, ServerResponse } from "node:http";
import type { InterfaceColors } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { SecretLookup, Store } from "@polyflow/store";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { ExecutionTokens } from "./access/execution-tokens.ts";
import type { SessionCookie } from "./access/session-cookie.ts";
import type { Sessions } from "./access/sessions.ts";
import type { SignIn } from "./access/sign-in.ts";
import type { CodeEditor } from "./code/code-editor.ts";
import type { ConnectionDesk } from "./connections/connection-desk.ts";
import type { DataCatalogue } from "./data/data-catalogue.ts";
import type { DataDecisions } from "./data/data-decisions.ts";
import type { LayoutDesigner } from "./data/layout-designer.ts";
import type { AttemptCalls } from "./execution/attempt-calls.ts";
import type { EventHub } from "./events/event-hub.ts";
import type { Installation } from "./installation.ts";
import type { LogStore } from "./logs/log-store.ts";
import type { ParamsValidator } from "./params/params-validator.ts";
import type { OwnTranslations } from "./translations/own-translations.ts";
import type { UploadStore } from "./uploads/upload-store.ts";

/** The Fastify instance as routes see it: zod schemas give types to requests. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What routes need; made once by `createServer`. */
export interface ServerContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Default time zone (IANA). */
  readonly timezone: string;
  /** Of the interface, for all who chose none. */
  readonly colors: InterfaceColors;
  readonly heartbeatIntervalMs: number;
  /** How many dates one backfill may have. */
  readonly backfillMaxDates: number;
  /** `[core] parallelism`. */
  readonly parallelism: number;
  /** `[core] max_active_tasks_over`. */
  readonly maxActiveTasksOver: "run" | "dag";
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly signIn: SignIn;
  readonly tokens: ExecutionTokens;
  readonly attemptCalls: AttemptCalls;
  /** Connections and variables for tasks. */
  readonly secrets: SecretLookup;
  readonly logs: LogStore;
  readonly events: EventHub;
  readonly params: ParamsValidator;
  readonly installation: Installation;
  /** Undefined where code is not edited in the browser. */
  readonly codeEditor: CodeEditor | undefined;
  /** Undefined where the server was started without projects. */
  readonly data: DataCatalogue | undefined;
  /** The same. */
  readonly dataDecisions: DataDecisions | undefined;
  /** The same. */
  readonly layouts: LayoutDesigner | undefined;
  /** Undefined where the server was started without providers. */
  readonly connections: ConnectionDesk | undefined;
  readonly translations: OwnTranslations;
  /** Undefined where no files are taken. */
  readonly uploads: UploadStore | undefined;
  /** Aborted when the server closes: what streams or waits ends then. */
  readonly closing: AbortSignal;
}
