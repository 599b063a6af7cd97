import {
  type AssetEvent,
  type AssetReference,
  type DagSpec,
  type JsonObject,
  type LoadReport,
  type LogLevel,
  type LogLine,
  PolyflowError,
  type TaskSpec,
} from "@polyflow/contracts";
import type { AssetUpdate, AttemptWait } from "@polyflow/contracts/wire";
import type { Connection, OtherDags, TaskContext } from "@polyflow/sdk";
import { ConnectionSessions, connectionTypesOf, durationMs, OutletUpdates, type ProviderSource } from "@polyflow/sdk/runtime";
import type { Clock } from "@polyflow/service-kit";
import { detailsInMemory } from "./details-in-memory.ts";
import type { MemoryXComs } from "./memory-xcoms.ts";
import type { RunTime } from "./run-time.ts";
import type { ConnectionValues, RunDagOptions } from "./run-dag-options.ts";

/** What all attempts of a run have in common. */
export interface RunFacts {
  readonly spec: DagSpec;
  /** How many instances a mapped task has. */
  readonly instancesOf?: (taskId: string) => number;
  readonly dagId: string;
  readonly runId: string;
  readonly logicalDate: Date;
  readonly runAfter: Date;
  readonly params: JsonObject;
  readonly clock: Clock;
  readonly time: RunTime;
  readonly options: RunDagOptions;
  readonly xcoms: MemoryXComs;
}

/** What an attempt leaves behind. */
export interface AttemptTrail {
  readonly log: LogLine[];
  readonly loadReports: LoadReport[];
  assetUpdates: readonly AssetUpdate[];
  renderedFields: JsonObject | undefined;
}

/** A context whose sessions are closed after the attempt. */
export interface AttemptContext {
  readonly context: TaskContext;
  /** What the task updates if it succeeds. */
  readonly assetUpdates: () => readonly AssetUpdate[];
  readonly close: () => Promise<void>;
}

/** The context of one attempt of a run in memory. */
export function createAttemptContext(
  facts: RunFacts,
  attempt: {
    readonly taskId: string;
    readonly mapIndex: number;
    readonly tryNumber: number;
    readonly signal: AbortSignal;
    readonly outlets?: TaskSpec["outlets"];
    readonly inlets?: TaskSpec["inlets"];
    readonly wait?: AttemptWait | undefined;
  },
  trail: AttemptTrail,
): AttemptContext {
  const { options, time } = facts;
  const outlets = new OutletUpdates(attempt.outlets ?? []);
  const sessions = new ConnectionSessions(givenProviders(options), `polyflow:${facts.dagId}/${attempt.taskId}`);
  const write = (level: LogLevel) => (message: string) => {
    const line: LogLine = { at: time.now().toISOString(), level, source: "task", message };
    trail.log.push(line);
    options.onLog?.(attempt.taskId, line);
  };
  const context: TaskContext = {
    dagId: facts.dagId,
    runId: facts.runId,
    taskId: attempt.taskId,
    mapIndex: attempt.mapIndex,
    tryNumber: attempt.tryNumber,
    runType: "manual",
    logicalDate: facts.logicalDate,
    dataIntervalStart: options.dataInterval?.start ?? facts.logicalDate,
    dataIntervalEnd: options.dataInterval?.end ?? facts.logicalDate,
    runAfter: facts.runAfter,
    params: facts.params,
    conf: facts.options.conf ?? {},
    projectDir: options.projectDir ?? process.cwd(),
    log: { debug: write("debug"), info: write("info"), warning: write("warning"), error: write("error") },
    signal: attempt.signal,
    wait: attempt.wait as TaskContext["wait"],
    now: () => time.now(),
    async sleep(duration) {
      await time.pass(typeof duration === "number" ? duration : durationMs(duration, "sleep"), attempt.signal);
      attempt.signal.throwIfAborted();
    },
    connection: (connectionId) => findConnection(connectionId, options),
    variable: (key, defaultValue) => findVariable(key, defaultValue, options),
    sql: async (connectionId) => sessions.sql(await findConnection(connectionId, options)),
    files: async (given) => sessions.files(typeof given === "string" ? await findConnection(given, options) : given),
    extract: async (given, request) => sessions.extract(typeof given === "string" ? await findConnection(given, options) : given, request),
    bulk: async (given) => sessions.bulk(typeof given === "string" ? await findConnection(given, options) : given),
    dags: {
      trigger: options.dags?.trigger ?? (() => noOtherDags("trigger")),
      find: options.dags?.find ?? (() => noOtherDags("find")),
    },
    details: async () =>
      detailsInMemory(
        { spec: facts.spec, taskId: attempt.taskId, instances: facts.instancesOf?.(attempt.taskId) ?? 1 },
        { now: time.now(), runAfter: facts.runAfter },
        options.previousSuccess,
      ),
    reportLoad: async (report) => void trail.loadReports.push(report),
    xcom: facts.xcoms.accessOf(attempt),
    triggeringAssetEvents: options.triggeringAssetEvents ?? {},
    updateAsset: outlets.add,
    inletEvents: async (asset) => inletEventsOf(typeof asset === "string" ? asset : asset.name, attempt.inlets ?? [], options),
  };
  return { context, assetUpdates: () => outlets.all(), close: () => sessions.close() };
}

function noOtherDags(call: keyof OtherDags): Promise<never> {
  return Promise.reject(
    new PolyflowError("dag_not_found", `A run in memory knows no other DAGs. Give runDag an answer: dags: { ${call}: … }.`),
  );
}

async function findConnection(connectionId: string, { connections = {} }: RunDagOptions): Promise<Connection> {
  const found = typeof connections === "function" ? await connections(connectionId) : fill(connectionId, connections[connectionId]);
  if (found !== undefined) return found;
  throw new PolyflowError(
    "connection_not_found",
    `No connection "${connectionId}". Give it to runDag: connections: { ${connectionId}: { type: "…" } }.`,
  );
}

/** @throws PolyflowError `asset_not_found` */
function inletEventsOf(name: string, inlets: readonly AssetReference[], { inletEvents = {} }: RunDagOptions): readonly AssetEvent[] {
  if (inlets.some((inlet) => inlet.kind === "asset" && inlet.name === name)) return inletEvents[name] ?? [];
  throw new PolyflowError("asset_not_found", `The task has no asset "${name}" among its inlets. Declare it: inlets: [asset("${name}")].`);
}

function fill(connectionId: string, values: ConnectionValues | undefined): Connection | undefined {
  if (values === undefined) return undefined;
  return { host: null, port: null, login: null, password: null, schema: null, extra: {}, ...values, connectionId };
}

async function findVariable(key: string, defaultValue: string | undefined, { variables = {} }: RunDagOptions): Promise<string> {
  const found = (typeof variables === "function" ? await variables(key) : variables[key]) ?? defaultValue;
  if (found !== undefined) return found;
  throw new PolyflowError("variable_not_found", `No variable "${key}". Give it to runDag: variables: { ${key}: "…" }.`);
}

function givenProviders({ providers = [] }: RunDagOptions): ProviderSource {
  return {
    types: providers.flatMap(connectionTypesOf),
    find: (type) => Promise.resolve(providers.find((provider) => connectionTypesOf(provider).includes(type))),
  };
}
