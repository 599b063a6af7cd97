/**
 * The Execution API: the only thing a worker speaks. Base path `/execution/v1`, JSON bodies, bearer tokens.
 *
 * | call | token | |
 * | --- | --- | --- |
 * | `POST /workers` | worker key | registers a worker, gives a session and its token |
 * | `POST /workers/:sessionId/heartbeat` | session | says which attempts live here; answers which to kill |
 * | `DELETE /workers/:sessionId` | session | leaves; attempts still running here are started again elsewhere, which counts as no loss |
 * | `POST /attempts/:attemptId/start` | session | claims a queued attempt (compare-and-set); 409 `attempt_superseded` otherwise |
 * | `POST /attempts/:attemptId/finish` | attempt | reports the outcome; 409 `attempt_superseded` when it is no longer current |
 * | `POST /attempts/:attemptId/logs` | attempt | appends log lines |
 * | `POST /attempts/:attemptId/load-reports` | attempt | stores a LoadReport |
 * | `POST /attempts/:attemptId/rendered-fields` | attempt | keeps the task's fields as they were rendered, masked |
 * | `GET /attempts/:attemptId/connections/:connectionId` | attempt | a connection, decrypted |
 * | `GET /attempts/:attemptId/variables/:key` | attempt | a variable, decrypted |
 * | `POST /attempts/:attemptId/dag-runs` | attempt | starts a run of a DAG |
 * | `POST /attempts/:attemptId/dag-runs/find` | attempt | states of runs of a DAG and of their tasks |
 * | `POST /workers/:sessionId/waits` | session | takes waits to watch, says which of those watched are over |
 * | `POST /workers/:sessionId/waits/:waitId/fire` | session | the wait is over; 409 `attempt_superseded` when nobody waits any more |
 * | `POST /workers/:sessionId/callbacks` | session | takes callbacks to run; each is an attempt, with logs, connections and its finish |
 * | `GET /attempts/:attemptId/details` | attempt | more about its task, DAG and run, and the last successful run before |
 * | `GET /attempts/:attemptId/asset-events?name=` | attempt | the newest events of an asset that the task has as an inlet |
 * | `POST /attempts/:attemptId/xcoms` | attempt | keeps an output under a key, at once |
 * | `GET /attempts/:attemptId/xcoms?task_id=&key=` | attempt | an output of a task of the same project |
 * | `GET /bundles/:hash` | session | the compiled bundle (text/javascript) |
 */
import { z } from "zod";
import type { JsonObject } from "../json.ts";
import { LOG_LEVELS } from "../log-line.ts";
import { failedOutcome, skippedOutcome } from "./attempt-failure.ts";
import { callbackOrder } from "./callbacks.ts";
import { attemptWait, deferredOutcome, rescheduledOutcome, watchedWait } from "./waiting.ts";

const jsonValue: z.ZodType<unknown> = z.json();

const assetExtra: z.ZodType<JsonObject> = z.record(z.string(), z.json());
const assetName = z.string().min(1).max(1500);
/** An asset or alias that a task declared. */
export const assetReference = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("asset"), name: assetName, uri: z.string().max(1500), group: z.string().max(1500), extra: assetExtra }),
  z.object({ kind: z.literal("alias"), name: assetName, group: z.string().max(1500) }),
]);
/** What a successful attempt says of an update: of a declared outlet, or of any asset through a declared alias. */
export const assetUpdate = z.object({
  name: assetName,
  uri: z.string().max(1500).optional(),
  group: z.string().max(1500).optional(),
  extra: assetExtra,
  alias: assetName.optional(),
});
export type AssetUpdate = z.infer<typeof assetUpdate>;
export const assetEvent = z.object({
  name: z.string(),
  uri: z.string(),
  at: z.string(),
  extra: assetExtra,
  sourceDagId: z.string().nullable(),
  sourceRunId: z.string().nullable(),
  sourceTaskId: z.string().nullable(),
  sourceMapIndex: z.number().int().nullable(),
});
/** Answer to `GET /attempts/:attemptId/xcoms?task_id=…&key=…`. */
export const xcomAnswer = z.object({ found: z.boolean(), value: z.unknown().optional() });
/** Answer to `GET /attempts/:attemptId/asset-events?name=…`: newest first. */
export const assetEventsAnswer = z.object({ events: z.array(assetEvent) });

export const registerWorkerRequest = z.object({
  name: z.string().min(1).max(250),
  hostname: z.string().max(250),
  pid: z.number().int(),
  slots: z.number().int().min(1),
  queues: z.array(z.string()).min(1),
});
export type RegisterWorkerRequest = z.infer<typeof registerWorkerRequest>;

export const registerWorkerResponse = z.object({
  sessionId: z.string(),
  token: z.string(),
  heartbeatIntervalMs: z.number().int(),
});
export type RegisterWorkerResponse = z.infer<typeof registerWorkerResponse>;

export const heartbeatRequest = z.object({ counter: z.number().int(), attemptIds: z.array(z.string()) });
export type HeartbeatRequest = z.infer<typeof heartbeatRequest>;
/** `cancel`: attempts that are no longer current; kill them and report nothing. */
export const heartbeatResponse = z.object({ cancel: z.array(z.string()) });
export type HeartbeatResponse = z.infer<typeof heartbeatResponse>;

/** `again`: an earlier call of the same claim got no answer; it may have been carried out. */
export const startAttemptRequest = z.object({ sessionId: z.string(), again: z.boolean().optional() });
export type StartAttemptRequest = z.infer<typeof startAttemptRequest>;

/** What an instance of a mapped task gets, before the author's functions are applied to it. */
export const mappedInput = z.object({
  /** Elements by name: inputs of the task, or elements of its mapped group. */
  elements: z.record(z.string(), jsonValue),
  /** An element whose properties are inputs. */
  kwargs: jsonValue.optional(),
  /** Functions to apply in this order: to the element of this name, or to `kwargs` (null), at this place in it. */
  calls: z.array(z.object({ input: z.string().nullable(), path: z.array(z.number().int()), function: z.number().int() })),
  /** Inputs that are elements, or parts of them. */
  inputs: z.record(z.string(), z.object({ element: z.string(), path: z.array(z.string()) })),
  /** What the task is mapped over was made anew, and has no element for the instance any more. */
  isMissing: z.boolean().optional(),
});
export type MappedInput = z.infer<typeof mappedInput>;

/** All that a task process needs to run one attempt. */
export const startedAttempt = z.object({
  attemptId: z.string(),
  /** Token for this attempt only. */
  token: z.string(),
  taskInstanceId: z.string(),
  dagId: z.string(),
  runId: z.string(),
  taskId: z.string(),
  mapIndex: z.number().int(),
  /** From 1. */
  tryNumber: z.number().int(),
  /** Number of the last try that may follow, the first one counted: 1 where there are no retries. */
  maxTries: z.number().int(),
  runType: z.string(),
  logicalDate: z.string().nullable(),
  dataIntervalStart: z.string().nullable(),
  dataIntervalEnd: z.string().nullable(),
  runAfter: z.string(),
  /** Defaults of the DAG's params overlaid by the run's conf. */
  params: z.record(z.string(), jsonValue),
  /** The run's conf alone. */
  conf: z.record(z.string(), jsonValue),
  /** Inputs with the outputs of upstream tasks filled in. */
  inputs: z.record(z.string(), jsonValue),
  /** Of an instance of a mapped task. */
  mapped: mappedInput.optional(),
  /** Name of the project that the DAG's file belongs to; the worker knows its folder. */
  bundleName: z.string(),
  bundleHash: z.string(),
  isolation: z.enum(["process", "reuse"]),
  executionTimeoutMs: z.number().int().nullable(),
  /** Present when the task has waited before. */
  wait: attemptWait.optional(),
  /** Assets and aliases that its success updates; left out where there are none. */
  outlets: z.array(assetReference).readonly().optional(),
  /** What triggered the run, by asset; left out where nothing did. */
  triggeringAssetEvents: z.record(z.string(), z.array(assetEvent).readonly()).readonly().optional(),
  /** The task has functions that are called when something becomes of it. */
  hasCallbacks: z.boolean().optional(),
});
export type StartedAttempt = z.infer<typeof startedAttempt>;

/** What a task that succeeded says of those after it. */
export const skipRequest = z.discriminatedUnion("kind", [
  /** Of the tasks directly after it only these (or groups of them) are followed; the others are skipped. */
  z.object({ kind: z.literal("branch"), follow: z.array(z.string()) }),
  /** All tasks after it are skipped (`all`), or those directly after it (`direct`). */
  z.object({ kind: z.literal("short_circuit"), scope: z.enum(["all", "direct"]) }),
  /** Those directly after it are skipped unless the run is the newest that its timetable wants, or was asked for. */
  z.object({ kind: z.literal("latest_only") }),
]);
export type SkipRequest = z.infer<typeof skipRequest>;

/** Name of an instance of a mapped task, for people. */
const mapName = z.string().max(250).optional();

export const attemptOutcome = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("success"),
    output: jsonValue.optional(),
    skips: skipRequest.optional(),
    assets: z.array(assetUpdate).max(10_000).readonly().optional(),
    mapName,
  }),
  skippedOutcome.extend({ mapName }),
  failedOutcome.extend({ mapName }),
  rescheduledOutcome,
  deferredOutcome,
]);
export type AttemptOutcome = z.infer<typeof attemptOutcome>;

/** A wait to watch: with all that its `watch` function needs, and a token for its connections and variables. */
export const claimedWait = watchedWait.extend({ attempt: startedAttempt });
/** `watch`: new ones. `gone`: of those that were named, the ones that need not be watched any more. */
export const claimWaitsResponse = z.object({ watch: z.array(claimedWait), gone: z.array(z.string()) });
export type ClaimedWaitOrder = z.infer<typeof claimedWait>;

/** A callback that the worker has taken: an attempt whose code is a function of a task's or a DAG's, and what it is told. */
export const claimedCallback = z.object({ attempt: startedAttempt, callback: callbackOrder });
export const claimCallbacksResponse = z.object({ run: z.array(claimedCallback) });
export type ClaimedCallbackOrder = z.infer<typeof claimedCallback>;

export const logLine = z.object({
  at: z.string(),
  level: z.enum(LOG_LEVELS),
  source: z.enum(["task", "stdout", "stderr", "system"]),
  message: z.string(),
});
export const appendLogsRequest = z.object({ lines: z.array(logLine).max(10_000) });

/** The fields of a task after its templates were rendered, masked and shortened by the worker. */
export const renderedFieldsRequest = z.object({ fields: z.record(z.string(), jsonValue) });

export const connectionSecret = z.object({
  connectionId: z.string(),
  type: z.string(),
  host: z.string().nullable(),
  port: z.number().int().nullable(),
  login: z.string().nullable(),
  password: z.string().nullable(),
  schema: z.string().nullable(),
  extra: z.record(z.string(), jsonValue),
});
export type ConnectionSecret = z.infer<typeof connectionSecret>;

/** `isSecret`: it comes from a secrets backend, and is masked whatever its name. */
export const variableSecret = z.object({ key: z.string(), value: z.string(), isSecret: z.boolean().optional() });
export type VariableSecret = z.infer<typeof variableSecret>;

/** Body of every error answer, REST and Execution API alike: Airflow's `detail` plus our stable code. */
export const errorBody = z.object({
  detail: z.string(),
  code: z.string(),
  details: z.record(z.string(), jsonValue).optional(),
});
export type ErrorBody = z.infer<typeof errorBody>;
