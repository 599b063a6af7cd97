import { describe, expect, test } from "vitest";
import { dag, FailTask, SkipTask, task } from "../index.ts";
import { createTestContext } from "../test-context.ts";
import { runTask } from "./run-task.ts";

async function run(work: () => unknown) {
  const definition = dag("test", () => void task("run", work)()).tasks.get("run");
  if (definition === undefined) throw new Error("no task");
  return runTask({ task: definition, input: {}, context: createTestContext().context });
}

describe("how a task ends", () => {
  test("an output becomes JSON; none stays none", async () => {
    expect(await run(() => ({ at: new Date(0), left: undefined, list: [1, undefined] }))).toEqual({
      kind: "success",
      output: { at: "1970-01-01T00:00:00.000Z", list: [1, null] },
    });
    expect(await run(() => undefined)).toEqual({ kind: "success" });
    expect(await run(() => null)).toEqual({ kind: "success", output: null });
  });

  test.each([
    [() => ({ rows: [{ id: 1n }] }), /^output\.rows\[0\]\.id is a bigint/],
    [() => new Map(), /^output is a Map/],
    [() => ({ share: 0 / 0 }), /^output\.share is NaN/],
    [() => ({ text: "a\0b" }), /NUL/],
    [
      () => {
        const loop: { self?: unknown } = {};
        loop.self = loop;
        return loop;
      },
      /contains itself/,
    ],
  ])("what JSON cannot carry fails for good, with its path: %s", async (work, message) => {
    expect(await run(work)).toMatchObject({ kind: "failed", reason: "fatal", message: expect.stringMatching(message) });
  });

  test("SkipTask, FailTask, errors, and things thrown that are no errors", async () => {
    const throwing = (value: unknown) =>
      run(() => {
        throw value;
      });
    expect(await throwing(new SkipTask("nothing new"))).toEqual({ kind: "skipped", reason: "nothing new" });
    expect(await throwing(new SkipTask())).toEqual({ kind: "skipped" });
    expect(await throwing(new FailTask("no such table"))).toMatchObject({ kind: "failed", reason: "fatal", message: "no such table" });
    expect(await throwing(new Error("offline"))).toMatchObject({ kind: "failed", reason: "error", message: "offline" });
    expect(await throwing("offline")).toEqual({ kind: "failed", reason: "error", message: 'The task threw "offline", which is no Error.' });
    expect(await throwing(new Error("x".repeat(20_000)))).toMatchObject({ message: expect.stringMatching(/^x{9999}…$/) });
  });

  test("the stack leads to the author's line and to the cause", async () => {
    const outcome = await run(() => {
      throw new Error("load failed", { cause: new TypeError("bad row") });
    });
    expect(outcome).toMatchObject({ stack: expect.stringMatching(/run-task\.test\.ts:\d+[^]*Caused by: TypeError: bad row/) });
    expect(outcome).not.toMatchObject({ stack: expect.stringContaining("node:internal") });
  });
});
