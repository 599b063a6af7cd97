import { type InterfaceColors, PolyflowError } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { SecretBackend, Store } from "@polyflow/store";
import type { CodeEditor } from "./code/code-editor.ts";
import type { ConnectionDesk } from "./connections/connection-desk.ts";
import type { DataCatalogue } from "./data/data-catalogue.ts";
import type { DataDecisions } from "./data/data-decisions.ts";
import type { LayoutDesigner } from "./data/layout-designer.ts";
import type { Installation } from "./installation.ts";
import type { UploadSettings } from "./uploads/upload-store.ts";

/** All that a server is made of. Durations in milliseconds. */
export interface ServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Version of Polyflow. */
  readonly version: string;
  /** Folder of the attempts' logs; made when it is missing. */
  readonly logDir: string;
  /** Folder of the built interface; without it the server answers API calls only. */
  readonly webRoot?: string;
  /** Secret that signs tokens of workers and attempts and CSRF tokens; at least 32 bytes, the same on all servers of an installation. */
  readonly signingKey: string | Uint8Array;
  /** Secret that workers register with; at least 32 characters. */
  readonly workerKey: string;
  /** Default time zone (IANA), `[core] default_timezone`. */
  readonly timezone: string;
  /** Colours of the interface for all who chose none, `[webserver] colors`; default as it comes. */
  readonly colors?: InterfaceColors;
  /** How long a session and an API token live; default one day. */
  readonly sessionTtlMs?: number;
  /** Path under which a proxy shows the server, without a slash at the end; default none. */
  readonly basePath?: string;
  /** True where browsers come over HTTPS: `Secure` cookies and HSTS. Default true; false for plain HTTP on one's own machine. */
  readonly cookieSecure?: boolean;
  /** Proxies whose `X-Forwarded-*` headers are believed; default none. */
  readonly trustProxy?: boolean | readonly string[];
  /** How often workers say that they live; default 5 s. */
  readonly heartbeatIntervalMs?: number;
  /** What the server tells of the installation; default nothing. */
  readonly installation?: Installation;
  /** What is known of data; default: the catalogue is not there. */
  readonly data?: DataCatalogue;
  /** What people decide about data; default: nothing. */
  readonly dataDecisions?: DataDecisions;
  /** Lays out files as sources; default: nobody does. */
  readonly layouts?: LayoutDesigner;
  /** Where files that people give to a run are kept; default: none are taken. */
  readonly uploads?: UploadSettings;
  /** Folder with `<language>/LC_MESSAGES/messages.po` of the administrator; default: none. */
  readonly translationsFolder?: string;
  /** Edits the files of projects; default: nobody does. */
  readonly codeEditor?: CodeEditor;
  /** Knows the types of connections and tries them; default: forms have all fields, nothing is tried. */
  readonly connections?: ConnectionDesk;
  /** Asked for connections and variables of tasks before the database, in this order; default none. */
  readonly secretBackends?: readonly SecretBackend[];
  /** Schema of the system tables in the warehouse, where the connection `df` names none (`AF_DF_SCHEMA`); default: the usual one. */
  readonly systemSchema?: string;
  /** How many dates one backfill may have; default 10,000. */
  readonly backfillMaxDates?: number;
  /** How many task instances may run at once, over all DAGs (`[core] parallelism`); told to those who ask why a task waits. Default 32. */
  readonly parallelism?: number;
  /** Over what a DAG's limit of active tasks counts (`[core] max_active_tasks_over`); told as well. Default `run`. */
  readonly maxActiveTasksOver?: "run" | "dag";
}

/** The options with defaults filled in. */
export interface CheckedServerOptions
  extends Required<
    Omit<
      ServerOptions,
      "webRoot" | "signingKey" | "uploads" | "codeEditor" | "translationsFolder" | "data" | "dataDecisions" | "layouts" | "connections"
    >
  > {
  readonly webRoot: string | undefined;
  readonly uploads: UploadSettings | undefined;
  readonly translationsFolder: string | undefined;
  readonly codeEditor: CodeEditor | undefined;
  readonly data: DataCatalogue | undefined;
  readonly dataDecisions: DataDecisions | undefined;
  readonly layouts: LayoutDesigner | undefined;
  readonly connections: ConnectionDesk | undefined;
  readonly signingKey: Uint8Array;
}

const SHORTEST_KEY = 32;
const DAY_MS = 86_400_000;

const DEFAULTS = {
  sessionTtlMs: DAY_MS,
  cookieSecure: true,
  trustProxy: false,
  heartbeatIntervalMs: 5000,
  colors: {},
  installation: {},
  backfillMaxDates: 10_000,
  secretBackends: [],
  systemSchema: "",
  parallelism: 32,
  maxActiveTasksOver: "run",
} as const satisfies Partial<ServerOptions>;

/** @throws PolyflowError `config_invalid` for weak keys and a base path of the wrong form. */
export function checkServerOptions(options: ServerOptions): CheckedServerOptions {
  const signingKey = typeof options.signingKey === "string" ? Buffer.from(options.signingKey) : options.signingKey;
  if (signingKey.length < SHORTEST_KEY) {
    throw new PolyflowError(
      "config_invalid",
      `The signing key has ${signingKey.length} bytes. Set a random one of at least ${SHORTEST_KEY} bytes.`,
    );
  }
  if (options.workerKey.length < SHORTEST_KEY) {
    throw new PolyflowError(
      "config_invalid",
      `The worker key has ${options.workerKey.length} characters. Set a random one of at least ${SHORTEST_KEY}.`,
    );
  }
  const basePath = options.basePath ?? "";
  if (basePath !== "" && !/^(\/[\w.~-]+)+$/.test(basePath)) {
    throw new PolyflowError("config_invalid", `"${basePath}" is no base path. It starts with a slash and does not end with one: /polyflow`);
  }
  return {
    ...DEFAULTS,
    ...options,
    signingKey,
    basePath,
    webRoot: options.webRoot,
    uploads: options.uploads,
    translationsFolder: options.translationsFolder,
    codeEditor: options.codeEditor,
    data: options.data,
    dataDecisions: options.dataDecisions,
    layouts: options.layouts,
    connections: options.connections,
  };
}
