import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ApiAttempt } from "./testing/execution-api-double.ts";
import { bundleOf, startTestWorker, workloadOf } from "./testing/test-worker.ts";
import type { TestWorker } from "./testing/test-worker.ts";

// real processes on a machine that may be busy
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Where groups with a limit of memory are made. */
const MEMORY_GROUPS = "/sys/fs/cgroup/memory";

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker({ killGraceMs: 1_000 });
});
afterAll(() => worker.close());

/** Starts a program that sleeps and says its pid; how it is started comes from `options`. */
const START = `
  const { spawn } = await import("node:child_process");
  const start = (command, args, options = {}) => { const child = spawn(command, args, { stdio: "ignore", ...options }); console.log("pid " + child.pid); return child; };
`;
const FOREVER = `await new Promise(() => setInterval(() => {}, 1000));`;

function pidsIn(attempt: ApiAttempt): readonly number[] {
  return attempt.lines.flatMap((line) => /^pid (\d+)$/.exec(line.message)?.[1] ?? []).map(Number);
}

/** A zombie has ended. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

async function expectGone(pids: readonly number[]): Promise<void> {
  await worker.api.until(() => !pids.some(isRunning), `the end of ${pids.join(", ")}`, 5_000);
}

function queue(body: string, attempt: Partial<ApiAttempt["answer"]> = {}): ApiAttempt {
  return worker.api.queue({ taskId: "task", bundleHash: worker.api.addBundle(bundleOf(body)), ...attempt });
}

describe.each(["process", "reuse"] as const)("execution timeout (isolation %s)", (isolation) => {
  test("a task that loops for ever is killed and fails by timeout", async () => {
    const begun = performance.now();
    const attempt = await worker.runTask(`console.log("pid " + process.pid); while (true) {}`, { isolation, executionTimeoutMs: 300 });
    expect(attempt.outcome).toMatchObject({ kind: "failed", reason: "timeout", message: expect.stringContaining("0.3 s") });
    expect(performance.now() - begun).toBeLessThan(10_000);
    await expectGone(pidsIn(attempt));
  });

  test("the task is told by its signal and may clean up within the grace period", async () => {
    const attempt = await worker.runTask(
      `await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve)); console.log("cleaned up: " + ctx.signal.reason.name);`,
      { isolation, executionTimeoutMs: 200 },
    );
    expect(attempt.lines.map((line) => line.message)).toContain("cleaned up: TimeoutError");
    expect(attempt.outcome).toMatchObject({ kind: "failed", reason: "timeout" });
  });

  test("F21: grandchildren go with it: of the group, of a session of their own, and orphans that ignore SIGTERM", async () => {
    const attempt = await worker.runTask(
      `${START}
       start("sleep", ["600"]);
       start("sleep", ["601"], { detached: true });
       const { execFileSync } = await import("node:child_process");
       // the shell in between ends at once, so that nothing but the environment tells whose the last one is
       const stubborn = "setsid sh -c 'trap : TERM; echo $$; exec >/dev/null 2>&1; while :; do sleep 1; done' &";
       console.log("pid " + execFileSync("sh", ["-c", stubborn], { encoding: "utf8" }).trim()); ${FOREVER}`,
      { isolation, executionTimeoutMs: 1_000 },
    );
    expect(pidsIn(attempt)).toHaveLength(3);
    await expectGone(pidsIn(attempt));
  });
});

describe("after an attempt", () => {
  test.each(["process", "reuse"] as const)(
    "programs left in the background by a successful attempt are killed (isolation %s)",
    async (isolation) => {
      const attempt = await worker.runTask(
        `${START} start("sleep", ["602"], { detached: true }).unref(); start("sleep", ["603"]).unref(); return 1;`,
        {
          isolation,
        },
      );
      expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
      expect(pidsIn(attempt)).toHaveLength(2);
      await expectGone(pidsIn(attempt));
    },
  );

  test("a process of its own is used once; one for reuse serves the bundle's next attempts, and the module is loaded once", async () => {
    const body = `globalThis.runs = (globalThis.runs ?? 0) + 1; return [process.pid, globalThis.runs];`;
    const outputs = async (isolation: "process" | "reuse"): Promise<readonly (readonly [number, number])[]> => {
      const all = [];
      for (let run = 0; run < 3; run += 1) all.push((await worker.runTask(body, { isolation })).outcome);
      return all.map((outcome) => (outcome?.kind === "success" ? (outcome.output as [number, number]) : [0, 0]));
    };
    const own = await outputs("process");
    expect(new Set(own.map(([pid]) => pid)).size).toBe(3);
    expect(own.map(([, runs]) => runs)).toEqual([1, 1, 1]);
    const reused = await outputs("reuse");
    expect(new Set(reused.map(([pid]) => pid)).size).toBe(1);
    expect(reused.map(([, runs]) => runs)).toEqual([1, 2, 3]);
  });

  test("an error that an attempt leaves behind fails no other attempt; its process is not used again", async () => {
    const body = `if (input.leave) setTimeout(() => Promise.reject(new Error("late")), 50); else await new Promise((resolve) => setTimeout(resolve, 100)); return process.pid;`;
    const run = async (leave: boolean): Promise<unknown> => {
      const { outcome } = await worker.runTask(body, { isolation: "reuse", inputs: { leave } });
      return outcome?.kind === "success" ? outcome.output : outcome;
    };
    const first = await run(true);
    expect(first).toEqual(expect.any(Number));
    expect(await run(false)).toBe(first);
    expect(await run(false)).not.toBe(first);
  });

  test("what is printed in a process that is used again shows under its own attempt, also when much of it is still to be read", async () => {
    const body = `for (let n = 0; n < 3000; n += 1) { console.log(input.name + " out " + n); console.error(input.name + " err " + n); }`;
    const bundleHash = worker.api.addBundle(bundleOf(body));
    const attempts = ["a", "b", "c", "d", "e"].map((name) =>
      worker.api.queue({ taskId: "task", bundleHash, isolation: "reuse", inputs: { name } }),
    );
    for (const attempt of attempts) await worker.run(attempt);
    for (const attempt of attempts) {
      const name = String(attempt.answer.inputs["name"]);
      await worker.api.until(() => attempt.lines.length === 6_002, `all lines of ${name}`);
      const messages = attempt.lines.filter((line) => line.source !== "system").map((line) => line.message);
      expect(messages).toEqual(Array.from({ length: 3_000 }, (_, n) => [`${name} out ${n}`, `${name} err ${n}`]).flat());
    }
  });

  test("raw output of programs stays with its attempt in a process that is used again", async () => {
    const body = `const { execFileSync } = await import("node:child_process"); execFileSync("sh", ["-c", "for n in 1 2 3; do echo $0 $n; echo $0 $n >&2; done", input.name], { stdio: "inherit" });`;
    const bundleHash = worker.api.addBundle(bundleOf(body));
    const attempts = ["a", "b", "c"].map((name) => worker.api.queue({ taskId: "task", bundleHash, isolation: "reuse", inputs: { name } }));
    for (const attempt of attempts) await worker.run(attempt);
    for (const attempt of attempts) {
      const name = String(attempt.answer.inputs["name"]);
      await worker.api.until(() => attempt.lines.length === 8, `all lines of ${name}`);
      for (const source of ["stdout", "stderr"]) {
        expect(attempt.lines.filter((line) => line.source === source).map((line) => line.message)).toEqual(
          [1, 2, 3].map((n) => `${name} ${n}`),
        );
      }
    }
  });
});

describe("memory", () => {
  test("F20: a full JavaScript heap is named as such, and is a failure that a retry follows (Airflow #40550, #11086)", async () => {
    const small = await startTestWorker({ heapLimitMb: 40 });
    try {
      const attempt = await small.runTask(`const kept = []; while (true) kept.push(new Array(10_000).fill(Math.random()));`);
      expect(attempt.outcome).toMatchObject({
        kind: "failed",
        reason: "exit",
        message: expect.stringMatching(/ran out of JavaScript heap/),
      });
    } finally {
      await small.close();
    }
  });

  test.runIf(existsSync(MEMORY_GROUPS) && process.getuid?.() === 0)(
    "F19: a process that the kernel kills for want of memory fails its attempt, and the reason says so (Airflow #60858 said success)",
    async () => {
      const group = join(MEMORY_GROUPS, `polyflow-test-${process.pid}`);
      mkdirSync(group);
      try {
        writeFileSync(join(group, "memory.limit_in_bytes"), String(160 * 1_048_576));
        const attempt = await worker.runTask(`
          (await import("node:fs")).writeFileSync(${JSON.stringify(join(group, "cgroup.procs"))}, String(process.pid));
          const kept = [];
          while (true) kept.push(Buffer.alloc(1_048_576, 1));
        `);
        expect(attempt.outcome).toMatchObject({
          kind: "failed",
          reason: "exit",
          message: expect.stringContaining("killed by the kernel because memory ran out"),
        });
      } finally {
        rmdirSync(group);
      }
    },
  );
});

describe("cancel", () => {
  test("an attempt that the server has given up is killed by the next heartbeat, without a report", async () => {
    const finishCalls = (): number => worker.api.calls.filter((call) => call === "POST attempts finish").length;
    const finishedBefore = finishCalls();
    const attempt = queue(`${START} start("sleep", ["604"], { detached: true }); ${FOREVER}`);
    const ended = worker.run(attempt);
    await worker.api.until(() => pidsIn(attempt).length === 1, "the start");
    worker.api.supersede(attempt);
    await ended;
    await expectGone(pidsIn(attempt));
    expect(attempt.outcome).toBeUndefined();
    expect(finishCalls()).toBe(finishedBefore);
  });

  test("cancel by the executor does the same; an unknown attempt is ignored", async () => {
    const attempt = queue(FOREVER);
    const ended = worker.run(attempt);
    await worker.api.until(() => attempt.lines.length > 0, "the start");
    worker.supervisor.cancel(workloadOf(attempt).attemptId);
    worker.supervisor.cancel(workloadOf(queue("")).attemptId);
    await ended;
    expect(attempt.outcome).toBeUndefined();
  });

  test("an attempt that is not to be had is not run, and its process serves the next one", async () => {
    const attempt = queue(`return 1;`);
    worker.api.supersede(attempt);
    await worker.run(attempt);
    expect(attempt.lines).toEqual([]);
    expect((await worker.runTask(`return 2;`)).outcome).toEqual({ kind: "success", output: 2 });
  });

  test("an attempt that is offered twice at once is claimed and run once", async () => {
    const attempt = queue(`return 1;`);
    await Promise.all([worker.run(attempt), worker.run(attempt)]);
    await worker.api.until(() => attempt.lines.length === 2, "its log");
    expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
  });
});
