import { PolyflowError } from "@polyflow/contracts";
import type { AssetEvent, LogLevel } from "@polyflow/contracts";
import type { AttemptDetails, ConnectionSecret } from "@polyflow/contracts/wire";
import type { Connection, TaskContext, TaskLogger } from "@polyflow/sdk";
import { type ConnectionSessions, type OutletUpdates, sleepFor } from "@polyflow/sdk/runtime";
import { inspect } from "node:util";
import type { AttemptOrder } from "../protocol/messages.ts";

import type { OutputChannel } from "./output-channel.ts";
import { otherDagsOf } from "./other-dags.ts";
import type { ParentChannel } from "./parent-channel.ts";
import { createXComAccess } from "./xcom-access.ts";

export interface ContextParts {
  readonly channel: ParentChannel;
  readonly output: OutputChannel;
  readonly sessions: ConnectionSessions;
  readonly signal: AbortSignal;
  /** Gathers what the task says of its outlets. */
  readonly updates: OutletUpdates;
}

/** What the task's function gets as `ctx`: the order's facts, and calls that go through the supervisor. */
export function createTaskContext(order: AttemptOrder, parts: ContextParts): TaskContext {
  const { channel, sessions, updates } = parts;
  const connections = new Map<string, Promise<Connection>>();
  const connection = (connectionId: string): Promise<Connection> => {
    let known = connections.get(connectionId);
    if (known === undefined) {
      known = fetchConnection(channel, order.attemptId, connectionId);
      connections.set(connectionId, known);
      known.catch(() => connections.delete(connectionId));
    }
    return known;
  };
  return {
    dagId: order.dagId,
    runId: order.runId,
    taskId: order.taskId,
    mapIndex: order.mapIndex,
    tryNumber: order.tryNumber,
    runType: order.runType,
    logicalDate: toDate(order.logicalDate),
    dataIntervalStart: toDate(order.dataIntervalStart),
    dataIntervalEnd: toDate(order.dataIntervalEnd),
    runAfter: new Date(order.runAfter),
    params: order.params,
    conf: order.conf,
    projectDir: order.projectDir,
    log: createTaskLogger(parts.output),
    signal: parts.signal,
    wait: order.wait as TaskContext["wait"],
    now: () => new Date(),
    sleep: (duration) => sleepFor(duration, parts.signal),
    connection,
    variable: (key, defaultValue) => fetchVariable(channel, order.attemptId, { key, defaultValue }),
    sql: async (connectionId) => sessions.sql(await connection(connectionId)),
    files: async (given) => sessions.files(typeof given === "string" ? await connection(given) : given),
    extract: async (given, request) => sessions.extract(typeof given === "string" ? await connection(given) : given, request),
    bulk: async (given) => sessions.bulk(typeof given === "string" ? await connection(given) : given),
    xcom: createXComAccess(channel, order),
    triggeringAssetEvents: order.triggeringAssetEvents,
    updateAsset: updates.add,
    details: async () => (await channel.request(order.attemptId, { method: "details" })) as AttemptDetails,
    inletEvents: (asset) => fetchInletEvents(channel, order.attemptId, typeof asset === "string" ? asset : asset.name),
    dags: otherDagsOf(channel, order.attemptId),
    reportLoad: async (report) => {
      await channel.request(order.attemptId, { method: "load_report", report });
    },
  };
}

function createTaskLogger(output: OutputChannel): TaskLogger {
  const write =
    (level: LogLevel) =>
    (message: unknown): void =>
      output.frame({ kind: "log", level, message: typeof message === "string" ? message : inspect(message), at: Date.now() });
  return { debug: write("debug"), info: write("info"), warning: write("warning"), error: write("error") };
}

async function fetchConnection(channel: ParentChannel, attemptId: string, connectionId: string): Promise<Connection> {
  const value = await channel.request(attemptId, { method: "connection", connectionId });
  if (value === null || typeof value === "string") {
    throw new PolyflowError("internal", `The supervisor answered no connection for "${connectionId}".`);
  }
  return value as ConnectionSecret & Connection;
}

async function fetchInletEvents(channel: ParentChannel, attemptId: string, name: string): Promise<readonly AssetEvent[]> {
  const value = await channel.request(attemptId, { method: "inlet_events", name });
  if (Array.isArray(value)) return value;
  throw new PolyflowError("internal", `The supervisor answered no events for the asset "${name}".`);
}

async function fetchVariable(
  channel: ParentChannel,
  attemptId: string,
  wanted: { readonly key: string; readonly defaultValue: string | undefined },
): Promise<string> {
  try {
    const value = await channel.request(attemptId, { method: "variable", key: wanted.key });
    if (typeof value === "string") return value;
    throw new PolyflowError("internal", `The supervisor answered no text for the variable "${wanted.key}".`);
  } catch (error) {
    const missing = error instanceof PolyflowError && error.code === "variable_not_found";
    if (missing && wanted.defaultValue !== undefined) return wanted.defaultValue;
    throw error;
  }
}

function toDate(instant: string | null): Date | undefined {
  return instant === null ? undefined : new Date(instant);
}
