import {
  type AssetCondition,
  DAG_ID_PATTERN,
  DEADLINE_REFERENCES,
  type DagSpec,
  type MapSource,
  SENSOR_MODES,
  TRIGGER_RULES,
} from "@polyflow/contracts";
import { z } from "zod";

/** The file's code shares a process with the one that makes the spec, so that the spec is checked here before anything else reads it. */

const jsonObject = z.record(z.string(), z.json());
const id = z.string().regex(DAG_ID_PATTERN);
const name = z.string().min(1).max(250);
const durationMs = z.number().int().min(0);
const positive = z.number().int().min(1);
const int32 = z.number().int().min(-2_147_483_648).max(2_147_483_647);

const assetName = z.string().min(1).max(1500);
const assetReference = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("asset"), name: assetName, uri: assetName, group: assetName, extra: jsonObject }),
  z.strictObject({ kind: z.literal("alias"), name: assetName, group: assetName }),
]);
const assetCondition: z.ZodType<AssetCondition> = z.lazy(() =>
  z.union([assetReference, z.strictObject({ kind: z.enum(["all", "any"]), of: z.array(assetCondition).min(1) })]),
);

const timeSchedule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("once") }),
  z.strictObject({ kind: z.literal("continuous") }),
  z.strictObject({
    kind: z.literal("cron"),
    expressions: z.array(z.string()).min(1),
    timezone: z.string(),
    dataIntervals: z.literal(true).exactOptional(),
  }),
  z.strictObject({ kind: z.literal("interval"), everyMs: positive, dataIntervals: z.literal(true).exactOptional() }),
  z.strictObject({
    kind: z.literal("events"),
    events: z.array(z.iso.datetime()).min(1).max(10_000),
    description: z.string().exactOptional(),
    restrict: z.literal(true).exactOptional(),
  }),
  z.strictObject({ kind: z.literal("custom"), name, description: z.string().exactOptional() }),
]);
const schedule = z.union([
  z.strictObject({ kind: z.literal("none") }),
  timeSchedule,
  z.strictObject({ kind: z.literal("asset"), condition: assetCondition }),
  z.strictObject({ kind: z.literal("asset_or_time"), condition: assetCondition, time: timeSchedule }),
]);

const output = z.strictObject({ kind: z.literal("output"), taskId: id, path: z.array(z.string()).exactOptional() });
const input = z.discriminatedUnion("kind", [
  output,
  z.strictObject({ kind: z.literal("constant"), value: z.json() }),
  z.strictObject({ kind: z.literal("element"), name: z.string(), path: z.array(z.string()).exactOptional() }),
]);

const mapSource: z.ZodType<MapSource> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    output,
    z.strictObject({ kind: z.literal("constant"), value: z.union([z.array(z.json()), jsonObject]) }),
    z.strictObject({ kind: z.literal("zip"), sources: z.array(mapSource).min(1), fill: z.json().exactOptional() }),
    z.strictObject({ kind: z.literal("concat"), sources: z.array(mapSource).min(1) }),
    z.strictObject({ kind: z.literal("map"), source: mapSource, function: z.number().int().min(0) }),
  ]),
);
const mapping = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("expand"),
    inputs: z.array(z.strictObject({ name: z.string(), source: mapSource })).min(1),
    maxLength: positive.exactOptional(),
  }),
  z.strictObject({ kind: z.literal("expand_kwargs"), source: mapSource, maxLength: positive.exactOptional() }),
]);

const group = z.strictObject({
  groupId: id,
  parentId: id.exactOptional(),
  label: z.string().exactOptional(),
  tooltip: z.string().exactOptional(),
  mapping: mapping.exactOptional(),
});

const sensor = z.strictObject({
  mode: z.enum(SENSOR_MODES),
  intervalMs: positive,
  timeoutMs: durationMs,
  softFail: z.boolean(),
  exponentialBackoff: z.boolean(),
  maxWaitMs: positive.exactOptional(),
});

const callback = z.strictObject({
  name,
  retries: z.number().int().min(0).max(1_000),
  retryDelayMs: durationMs,
  timeoutMs: positive,
});
const callbacks = z.array(callback).min(1).max(20).exactOptional();

const deadline = z.strictObject({
  name,
  reference: z.enum(DEADLINE_REFERENCES),
  afterMs: z.number().int(),
  at: z.iso.datetime().exactOptional(),
  maxRuns: positive.exactOptional(),
  minRuns: positive.exactOptional(),
  onMiss: callbacks,
});

const task = z.strictObject({
  taskId: id,
  displayName: name.exactOptional(),
  operator: name,
  upstream: z.array(id),
  inputs: z.record(z.string(), input),
  details: jsonObject,
  triggerRule: z.enum(TRIGGER_RULES),
  retries: z.number().int().min(0),
  retryDelayMs: durationMs,
  retryBackoff: z.number().min(0),
  maxRetryDelayMs: durationMs.exactOptional(),
  executionTimeoutMs: positive.exactOptional(),
  pool: name,
  poolSlots: positive,
  priorityWeight: int32,
  queue: name,
  dependsOnPast: z.boolean(),
  owner: name,
  docMd: z.string().exactOptional(),
  groupId: name.exactOptional(),
  upstreamLabels: z.record(id, z.string()).exactOptional(),
  role: z.enum(["setup", "teardown"]).exactOptional(),
  onFailureFailDagRun: z.boolean().exactOptional(),
  skipsDownstream: z.enum(["direct", "all"]).exactOptional(),
  waitForDownstream: z.boolean().exactOptional(),
  ignoreFirstDependsOnPast: z.boolean().exactOptional(),
  maxActivePerDag: positive.exactOptional(),
  maxActivePerRun: positive.exactOptional(),
  mapping: mapping.exactOptional(),
  sensor: sensor.exactOptional(),
  startDate: z.iso.datetime().exactOptional(),
  endDate: z.iso.datetime().exactOptional(),
  outlets: z.array(assetReference).exactOptional(),
  inlets: z.array(assetReference).exactOptional(),
  callbacks: z
    .strictObject({ execute: callbacks, success: callbacks, failure: callbacks, retry: callbacks, skipped: callbacks })
    .exactOptional(),
});

/** Shape of a spec, and that its tasks stand in order after their upstream tasks. */
export const dagSpecSchema: z.ZodType<DagSpec> = z
  .strictObject({
    format: z.literal(1),
    dagId: id,
    displayName: name.exactOptional(),
    description: z.string().exactOptional(),
    docMd: z.string().exactOptional(),
    owners: z.array(name),
    tags: z.array(name),
    schedule,
    startDate: z.iso.datetime().exactOptional(),
    endDate: z.iso.datetime().exactOptional(),
    catchup: z.boolean(),
    maxActiveRuns: positive,
    maxActiveTasks: positive,
    runTimeoutMs: durationMs.exactOptional(),
    maxConsecutiveFailedRuns: positive.exactOptional(),
    deadlines: z.array(deadline).exactOptional(),
    callbacks: z.strictObject({ success: callbacks, failure: callbacks }).exactOptional(),
    failFast: z.boolean(),
    isPausedUponCreation: z.boolean(),
    isolation: z.enum(["process", "reuse"]),
    params: jsonObject,
    groups: z.array(group).exactOptional(),
    tasks: z.array(task),
  })
  .refine(({ tasks }) => {
    const seen = new Set<string>();
    return tasks.every(({ taskId, upstream }) => {
      const isInOrder = !seen.has(taskId) && upstream.every((earlier) => seen.has(earlier));
      seen.add(taskId);
      return isInOrder;
    });
  }, "tasks stand twice, or before tasks that they wait for");
