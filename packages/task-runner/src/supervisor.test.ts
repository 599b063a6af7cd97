import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiAttempt } from "./testing/execution-api-double.ts";
import { startTestWorker } from "./testing/test-worker.ts";
import type { TestWorker } from "./testing/test-worker.ts";

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

function messages(attempt: ApiAttempt): readonly string[] {
  return attempt.lines.map((line) => `${line.source}: ${line.message}`);
}

describe.each(["process", "reuse"] as const)("how attempts end in a task process (isolation %s)", (isolation) => {
  test("A4: a function's output is reported, its log lines keep their order over all three ways of printing", async () => {
    const attempt = await worker.runTask(
      `ctx.log.info("one"); console.log("two"); ctx.log.warning("three"); console.error("four"); return { sum: input.a + 1, params: ctx.params };`,
      { isolation, inputs: { a: 41 }, params: { day: "monday" } },
    );
    expect(attempt.outcome).toEqual({ kind: "success", output: { sum: 42, params: { day: "monday" } } });
    expect(messages(attempt)).toEqual([
      "system: Attempt 1 of 3 started on host test-host.",
      "task: one",
      "stdout: two",
      "task: three",
      "stderr: four",
      expect.stringMatching(/^system: Succeeded in /),
    ]);
  });

  test("a thrown error fails the attempt with message and stack", async () => {
    const attempt = await worker.runTask(`throw new Error("no such table");`, { isolation });
    expect(attempt.outcome).toMatchObject({
      kind: "failed",
      reason: "error",
      message: "no such table",
      stack: expect.stringContaining("dags/test.ts"),
    });
  });
});
