import { callback, dag, FailTask, SkipTask, task } from "@polyflow/sdk";
import { expect, test } from "vitest";
import { runDag } from "./run-dag.ts";

test("A3, A11: callbacks are called with what happened; one that fails changes nothing", async () => {
  const told: string[] = [];
  let tries = 0;
  const flaky = task(
    {
      id: "flaky",
      retries: 1,
      retryDelay: "1s",
      onExecute: (context) => told.push(`begin ${context.tryNumber}`),
      onRetry: async (context) => told.push(await context.render("again {{ try_number }} of {{ max_tries }}: {{ error }}")),
      onSuccess: [
        (context) => told.push(`${context.taskId} ${context.state}`),
        callback({ name: "broken", retries: 2 }, () => Promise.reject(new Error("no route"))),
      ],
    },
    () => {
      tries += 1;
      if (tries === 1) throw new Error("busy");
    },
  );
  const skips = task({ id: "skips", onSkipped: () => told.push("skipped"), onSuccess: () => told.push("never") }, () => {
    throw new SkipTask("nothing");
  });
  const fails = task({ id: "fails", onFailure: (context) => context.log.info(`failed: ${context.error}`) }, () => {
    throw new FailTask("gone");
  });
  const never = task({ id: "never", onFailure: () => told.push("never"), onSkipped: () => told.push("never") }, () => undefined);
  const described = dag(
    { id: "told", onSuccess: () => told.push("never"), onFailure: (context) => told.push(`run: ${context.failedTasks.join()}`) },
    () => {
      flaky();
      skips();
      fails().before(never());
    },
  );
  const run = await runDag(described);
  expect(run.state).toBe("failed");
  expect(told).toEqual(["begin 1", "again 1 of 2: busy", "begin 2", "flaky success", "skipped", "run: fails"]);
  expect(run.callbacks.find(({ name }) => name === "broken")).toMatchObject({
    taskId: "flaky",
    state: "failed",
    attempts: 3,
    error: "no route",
  });
  expect(run.callbacks.find(({ taskId }) => taskId === "fails")?.log.map(({ message }) => message)).toEqual(["failed: gone"]);
  expect(run.task("flaky").state).toBe("success");
});
