import type { AssetEvent, AssetEventsByName, AssetReference, JsonObject, JsonValue, LoadReport, LogLine } from "@polyflow/contracts";
import type {
  AttemptOutcome,
  AttemptWait,
  AttemptDetails,
  CallbackOrder,
  ConnectionSecret,
  FindRunsRequest,
  FoundRuns,
  MappedInput,
  TriggeredRun,
  TriggerRunRequest,
  WaitEvent,
  WaitTrigger,
} from "@polyflow/contracts/wire";

/** A provider package, and the connection types that it knows. */
export interface ProviderModule {
  /** Values of `Connection.type`, for example `["postgres", "postgresql"]`. */
  readonly types: readonly string[];
  /** What the task process imports: a package name or a `file:` address. It exports `provider`. */
  readonly module: string;
}

/** What a task process knows of its attempt: everything but the token. */
export interface AttemptOrder {
  readonly attemptId: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly runType: string;
  readonly logicalDate: string | null;
  readonly dataIntervalStart: string | null;
  readonly dataIntervalEnd: string | null;
  readonly runAfter: string;
  readonly params: JsonObject;
  readonly conf: JsonObject;
  readonly inputs: JsonObject;
  /** Of an instance of a mapped task. */
  readonly mapped?: MappedInput;
  readonly bundlePath: string;
  readonly projectDir: string;
  readonly outlets: readonly AssetReference[];
  readonly triggeringAssetEvents: AssetEventsByName;
  readonly outputLimitBytes: number;
  readonly wait?: AttemptWait;
  /** Not the task is run, but a function that is called because of what became of it, or of the run. */
  readonly callback?: CallbackOrder;
}

/** The query of an output, as the Execution API takes it. */
export type XComPullQuery = { readonly [parameter: string]: string };

/** What the supervisor fetches for a task. */
export type TaskRequest =
  | { readonly method: "push_xcom"; readonly key: string; readonly value: JsonValue }
  | { readonly method: "pull_xcom"; readonly pull: XComPullQuery }
  | { readonly method: "details" }
  | { readonly method: "inlet_events"; readonly name: string }
  | { readonly method: "connection"; readonly connectionId: string }
  | { readonly method: "variable"; readonly key: string }
  | { readonly method: "load_report"; readonly report: LoadReport }
  | { readonly method: "rendered_fields"; readonly fields: JsonObject }
  | { readonly method: "trigger_run"; readonly run: TriggerRunRequest }
  | { readonly method: "find_runs"; readonly query: FindRunsRequest };

export interface PulledXCom {
  readonly found: boolean;
  readonly value?: unknown;
}

export type TaskAnswer =
  | {
      readonly ok: true;
      readonly value: AttemptDetails | ConnectionSecret | readonly AssetEvent[] | TriggeredRun | FoundRuns | PulledXCom | string | null;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** A wait that is looked at for a deferred task. */
export interface WatchOrder {
  readonly waitId: string;
  readonly trigger: Extract<WaitTrigger, { kind: "poke" }>;
  /** Since the task began to wait. */
  readonly elapsedMs: number;
  /** The attempt that deferred. */
  readonly order: AttemptOrder;
  readonly state?: unknown;
}

export type ToWatcher =
  | { readonly kind: "watch"; readonly orders: readonly WatchOrder[] }
  | { readonly kind: "unwatch"; readonly waitIds: readonly string[] }
  /** One look at a time, each announced. */
  | { readonly kind: "careful"; readonly isCareful: boolean }
  | { readonly kind: "ping" };

export type FromWatcher =
  | { readonly kind: "fired"; readonly waitId: string; readonly event: WaitEvent }
  | { readonly kind: "wait_log"; readonly waitId: string; readonly line: LogLine }
  /** Only while careful; undefined: the look has ended. */
  | { readonly kind: "looking"; readonly waitId: string | undefined }
  | { readonly kind: "pong" };

export type ToChild =
  | ToWatcher
  /** First message of all: how to mark records in the output pipes, and which providers there are. */
  | { readonly kind: "init"; readonly frameToken: string; readonly providers: readonly ProviderModule[] }
  | { readonly kind: "run"; readonly order: AttemptOrder }
  | { readonly kind: "abort"; readonly reason: "timeout" | "cancelled" }
  | { readonly kind: "answer"; readonly id: number; readonly answer: TaskAnswer }
  /** No attempt will follow: end, running exit handlers. */
  | { readonly kind: "leave" };

export type ToParent =
  | FromWatcher
  | { readonly kind: "ready" }
  | { readonly kind: "request"; readonly id: number; readonly attemptId: string; readonly request: TaskRequest }
  | {
      readonly kind: "result";
      readonly attemptId: string;
      readonly outcome: AttemptOutcome;
      /** The whole stack of an error, where the outcome has less. */
      readonly trace?: string;
      /** False when something went wrong outside of the task's own promise, so that the process's state is in doubt. */
      readonly reusable: boolean;
      readonly rssBytes: number;
    }
  /** An error that came from an attempt after its result. */
  | { readonly kind: "late_error"; readonly attemptId: string; readonly message: string };

const KINDS_FROM_CHILD: ReadonlySet<unknown> = new Set<ToParent["kind"]>([
  "ready",
  "request",
  "result",
  "late_error",
  "fired",
  "wait_log",
  "looking",
  "pong",
]);

/** Authors' code shares the channel with us, so a message may be anything. */
export function isFromChild(message: unknown): message is ToParent {
  return typeof message === "object" && message !== null && "kind" in message && KINDS_FROM_CHILD.has(message.kind);
}
