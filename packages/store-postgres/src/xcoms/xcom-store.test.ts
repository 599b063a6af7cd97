import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import type { LeaderTerm, Store } from "@polyflow/store";
import { afterAll, beforeEach, expect, test } from "vitest";
import { dagSpec, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";
import { createPostgresStore } from "../postgres-store.ts";
import { fileXComStorage } from "./file-xcom-storage.ts";

const DAY_MS = 86_400_000;
let t: TestStore;
let term: LeaderTerm;
let store: Store;
let folder: string;
let session: WorkerSessionId;
beforeEach(async () => {
  await store?.close();
  await t?.close();
  t = await TestStore.open();
  term = await t.lead();
  folder = await mkdtemp(join(tmpdir(), "polyflow-xcom-"));
  const options = { url: t.database.url, fernetKeys: [t.fernetKey], clock: systemClock, logger: silentLogger, poolSize: 2 };
  store = await createPostgresStore({ ...options, xcomStorage: fileXComStorage(folder), xcomMaxDatabaseBytes: 100 });
  session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 9 });
  const inputs = { from: { kind: "output", taskId: "a" } } as const;
  await t.publish(dagSpec("d", [taskSpec("a"), taskSpec("b", { upstream: ["a"], inputs })]));
});
afterAll(async () => {
  await store.close();
  await t.close();
  await rm(folder, { recursive: true });
});

/** A running attempt of task a (or b) in a run of a day. */
async function attempt(runId: string, taskId = "a", day = 0): Promise<AttemptId> {
  const run = await t.store.runs.getRun("d", runId);
  const logicalDate = new Date(START.getTime() + day * DAY_MS);
  const runKey = run?.runKey ?? (await t.startRun(term, "d", { runId, logicalDate })).runKey;
  const { attemptId } = only(await t.schedule(term, runKey, [taskId]));
  await store.execution.claimAttempt(attemptId, session);
  return attemptId;
}

const filesOf = async (): Promise<number> => (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json")).length;
const pull = (attemptId: AttemptId, key: string, more: object = {}) =>
  store.xcoms.pullXCom(attemptId, { taskId: "a", key, includePriorDates: false, ...more });
const large = { text: "x".repeat(500) };

test("values of any size are pushed and pulled; large ones stand in the store, and go with their run (A6)", async () => {
  const a = await attempt("r1");
  expect(await store.xcoms.pushXCom(a, "small", { n: 1 })).toBe(true);
  expect(await store.xcoms.pushXCom(a, "large", large)).toBe(true);
  expect(await filesOf()).toBe(1);
  expect(await pull(a, "small")).toEqual({ isMapped: false, values: [{ n: 1 }] });
  expect(await pull(a, "large")).toEqual({ isMapped: false, values: [large] });
  expect(await pull(a, "nothing")).toEqual({ isMapped: false, values: [] });
  expect((await store.runs.listXComs({ dagId: "d", runId: "r1", taskId: "a", mapIndex: -1 })).map((entry) => entry.value)).toEqual([
    large,
    { n: 1 },
  ]);
  await store.xcoms.pushXCom(a, "large", { text: "y".repeat(500) });
  expect(await store.xcoms.dropGarbage(10)).toBe(1);
  expect(await filesOf()).toBe(1);
  await store.runs.deleteRun("d", "r1");
  expect(await store.xcoms.dropGarbage(10)).toBe(1);
  expect([await filesOf(), await store.xcoms.dropGarbage(10)]).toEqual([0, 0]);
});

test("a large output reaches the task that takes it as its input (A6)", async () => {
  const a = await attempt("r1");
  expect(await store.execution.finishAttempt(a, { to: "success", output: large })).toBe(true);
  const run = await store.runs.getRun("d", "r1");
  const { attemptId } = only(await t.schedule(term, run!.runKey, ["b"]));
  expect((await store.execution.claimAttempt(attemptId, session))?.upstreamOutputs).toEqual({ a: large });
});

test("what is refused leaves nothing in the store (I8)", async () => {
  const a = await attempt("r1");
  await store.execution.finishAttempt(a, { to: "success", output: 1 });
  expect(await store.xcoms.pushXCom(a, "late", large)).toBe(false);
  expect(await store.execution.finishAttempt(a, { to: "success", output: large })).toBe(false);
  expect(await pull(a, "small")).toBeUndefined();
  expect(await filesOf()).toBe(0);
});

test("a value that looks like the store's own mark is a value like others, alone and in lists (D6)", async () => {
  const a = await attempt("r1");
  await store.xcoms.pushXCom(a, "large", large);
  const [row] = await t.sql<{ stored: string }>("select stored from polyflow.xcom where key = 'large'");
  const forged = { "$polyflow.stored": row?.stored ?? "" };
  await store.xcoms.pushXCom(a, "forged", forged);
  expect((await pull(a, "forged"))?.values).toEqual([forged]);
  await store.execution.finishAttempt(a, { to: "success", output: [forged] });
  const run = await store.runs.getRun("d", "r1");
  const { attemptId } = only(await t.schedule(term, run!.runKey, ["b"]));
  expect((await store.execution.claimAttempt(attemptId, session))?.upstreamOutputs).toEqual({ a: [forged] });
});

test("another run's value, or the newest of a run before, on demand; a later try starts without what was pushed (A6)", async () => {
  const first = await attempt("r1", "a", 0);
  await store.xcoms.pushXCom(first, "watermark", 1);
  await store.execution.finishAttempt(first, { to: "success", output: undefined });
  const later = await attempt("r2", "a", 1);
  expect((await pull(later, "watermark"))?.values).toEqual([]);
  expect((await pull(later, "watermark", { runId: "r1" }))?.values).toEqual([1]);
  expect((await pull(later, "watermark", { includePriorDates: true }))?.values).toEqual([1]);
  expect(await pull(first, "watermark")).toBeUndefined();
  await store.xcoms.pushXCom(later, "watermark", 2);
  await store.execution.finishAttempt(later, { to: "up_for_retry", reason: "broke", nextRetryAt: START });
  expect(await store.runs.listXComs({ dagId: "d", runId: "r2", taskId: "a", mapIndex: -1 })).toEqual([]);
});

test("outputs of another project's DAGs are not to be had (D2)", async () => {
  const a = await attempt("r1");
  await store.dags.publishParsedFile({
    kind: "dags",
    bundleName: "other",
    relativePath: "foreign.ts",
    source: "",
    bundle: { hash: "foreign", code: "" },
    specs: [dagSpec("foreign", [taskSpec("a")])],
    parseDurationMs: 1,
  });
  await expect(pull(a, "x", { dagId: "foreign", runId: "r1" })).rejects.toMatchObject({ code: "not_allowed" });
  await expect(pull(a, "x", { dagId: "not-there", runId: "r1" })).rejects.toMatchObject({ code: "not_allowed" });
});
