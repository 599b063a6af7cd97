import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ApiAttempt } from "./testing/execution-api-double.ts";
import { startTestWorker } from "./testing/test-worker.ts";
import type { TestWorker } from "./testing/test-worker.ts";

// real processes on a machine that may be busy
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker({ outputLimitBytes: 100_000, maxLogLineBytes: 1_000 });
});
afterAll(() => worker.close());

function messages(attempt: ApiAttempt): readonly string[] {
  return attempt.lines.map((line) => `${line.source}: ${line.message}`);
}

function printed(attempt: ApiAttempt): readonly string[] {
  return attempt.lines.filter((line) => line.source !== "system").map((line) => line.message);
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

  test("the context tells the task who and when it is, and where its project lies", async () => {
    const attempt = await worker.runTask(
      `return { ids: [ctx.dagId, ctx.runId, ctx.taskId, ctx.mapIndex, ctx.tryNumber], date: ctx.logicalDate, end: ctx.dataIntervalEnd === undefined, dir: ctx.projectDir };`,
      { isolation, logicalDate: "2026-01-02T03:04:05.000Z", dataIntervalEnd: null, tryNumber: 2 },
    );
    expect(attempt.outcome).toEqual({
      kind: "success",
      output: { ids: ["dag", "run", "task", -1, 2], date: "2026-01-02T03:04:05.000Z", end: true, dir: worker.projectDir },
    });
  });

  test("fields are rendered before the task starts, and kept with secrets masked and long texts shortened (A6)", async () => {
    worker.api.variables.set("api_token", "s3cret-token");
    const code = `// polyflow bundle of dags/test.ts
import { bash, dag } from "@polyflow/sdk";
dag("dag", () => {
  bash({ id: "task", command: "echo $DAY-{{ try_number }}-{{ var.value.api_token }}", env: { DAY: "{{ ds }}", LONG: "{{ 'x' * 5000 }}" } });
});`;
    const attempt = worker.api.queue({
      taskId: "task",
      isolation,
      bundleHash: worker.api.addBundle(code),
      logicalDate: "2026-01-31T10:00:00.000Z",
    });
    await worker.run(attempt);
    expect(attempt.outcome).toEqual({ kind: "success", output: "2026-01-31-1-s3cret-token" });
    expect(attempt.renderedFields).toEqual({
      command: "echo $DAY-1-***",
      env: { DAY: "2026-01-31", LONG: `${"x".repeat(4095)}…` },
    });
  });

  test("a thrown error fails the attempt with message and a stack that names the author's file", async () => {
    const attempt = await worker.runTask(`throw new Error("no such table");`, { isolation });
    expect(attempt.outcome).toMatchObject({
      kind: "failed",
      reason: "error",
      message: "no such table",
      stack: expect.stringContaining("dags/test.ts"),
    });
    expect(messages(attempt).at(-2)).toMatch(/^system: Failed after .*: no such table$/);
    expect(messages(attempt).at(-1)).toBe("system: Attempt 2 of 3 will follow.");
  });

  test("what the author has to put right is told by its message alone; frames of our own stay at debug level", async () => {
    const missing = await worker.runTask(`await ctx.connection("nowhere");`, { isolation });
    expect(missing.outcome).toMatchObject({ kind: "failed", message: expect.stringContaining("nowhere") });
    expect(missing.outcome).not.toHaveProperty("stack");
    const shown = missing.lines.filter((line) => line.level !== "debug" && line.source === "system").map((line) => line.message);
    expect(shown.slice(1)).toEqual([expect.stringMatching(/^Failed after .*nowhere/), "Attempt 2 of 3 will follow."]);
    expect(missing.lines.filter((line) => line.level === "debug").map((line) => line.message)).toContainEqual(
      expect.stringContaining("task-runner"),
    );
  });

  test("a stack has the author's frames and the causes, not our own", async () => {
    const attempt = await worker.runTask(
      `function inner() { throw new Error("no such table", { cause: new Error("the server hung up") }); } inner();`,
      { isolation },
    );
    const stack = attempt.outcome?.kind === "failed" ? (attempt.outcome.stack ?? "") : "";
    expect(stack).toContain("Caused by: Error: the server hung up");
    const frames = stack.split("\n").filter((line) => line.trim().startsWith("at "));
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(frames.filter((frame) => !frame.includes("dags/test.ts"))).toEqual([]);
    expect(attempt.lines.some((line) => line.level === "debug" && line.message.includes("/sdk/"))).toBe(true);
  });

  test("the last try says that it is the last, and a task without retries is at its first of one", async () => {
    const only = await worker.runTask(`throw new Error("no");`, { isolation, maxTries: 1 });
    expect(messages(only)[0]).toBe("system: Attempt 1 of 1 started on host test-host.");
    expect(messages(only).at(-1)).toBe("system: There will be no further attempt.");
    const first = await worker.runTask(`throw new Error("no");`, { isolation, maxTries: 2 });
    expect(messages(first).at(-1)).toBe("system: Attempt 2 of 2 will follow.");
  });

  test("SkipTask skips, FailTask fails for good", async () => {
    const skipped = await worker.runTask(`throw new SkipTask("no new files");`, { isolation });
    expect(skipped.outcome).toEqual({ kind: "skipped", reason: "no new files" });
    const fatal = await worker.runTask(`throw new FailTask("wrong password");`, { isolation });
    expect(fatal.outcome).toMatchObject({ kind: "failed", reason: "fatal", message: "wrong password" });
    expect(messages(fatal).at(-1)).toBe("system: There will be no further attempt.");
  });

  test("an error outside of the task's promise fails the attempt and does not hang it", async () => {
    const rejected = await worker.runTask(
      `Promise.reject(new Error("nobody waits")); await new Promise(() => setInterval(() => {}, 1000));`,
      {
        isolation,
      },
    );
    expect(rejected.outcome).toMatchObject({ kind: "failed", reason: "error", message: "nobody waits" });
    const thrown = await worker.runTask(
      `setTimeout(() => { throw new TypeError("in a timer"); }, 1); await new Promise(() => setInterval(() => {}, 1000));`,
      {
        isolation,
      },
    );
    expect(thrown.outcome).toMatchObject({ kind: "failed", reason: "error", message: "in a timer" });
  });

  test("exit codes and signals are failures that say what happened, exit 0 without a result as well (I16; Airflow #60858 said success)", async () => {
    const zero = await worker.runTask(`process.exit(0);`, { isolation });
    expect(zero.outcome).toMatchObject({ kind: "failed", reason: "exit", message: expect.stringContaining("exited with code 0") });
    const seven = await worker.runTask(`console.log("last words"); process.exit(7);`, { isolation });
    expect(seven.outcome).toMatchObject({ kind: "failed", reason: "exit", message: expect.stringContaining("exit code 7") });
    expect(printed(seven)).toEqual(["last words"]);
    const killed = await worker.runTask(`process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`, { isolation });
    expect(killed.outcome).toMatchObject({ kind: "failed", reason: "exit", message: expect.stringContaining("SIGKILL") });
    const segfault = await worker.runTask(`process.kill(process.pid, "SIGSEGV"); await new Promise(() => {});`, { isolation });
    expect(segfault.outcome).toMatchObject({ kind: "failed", reason: "exit", message: expect.stringContaining("exit code 139") });
  });

  test("a task that returns nothing succeeds without output; data that JSON cannot carry fails with its place", async () => {
    expect((await worker.runTask(``, { isolation })).outcome).toEqual({ kind: "success" });
    const attempt = await worker.runTask(`return { rows: [{ id: 1n }] };`, { isolation });
    expect(attempt.outcome).toMatchObject({ kind: "failed", reason: "fatal", message: expect.stringContaining("output.rows[0].id") });
  });

  test("an output over the limit fails with its size and what to do", async () => {
    const attempt = await worker.runTask(`return "x".repeat(100_001);`, { isolation });
    expect(attempt.outcome).toMatchObject({
      kind: "failed",
      reason: "fatal",
      message: expect.stringMatching(/100003 bytes.*100000.*table or a file/),
    });
    const fits = await worker.runTask(`return "x".repeat(99_998);`, { isolation });
    expect(fits.outcome).toMatchObject({ kind: "success" });
  });

  test("nothing printed is lost when the process dies right after", async () => {
    const attempt = await worker.runTask(`for (let n = 0; n < 20000; n += 1) console.log("line " + n); process.exit(3);`, { isolation });
    expect(printed(attempt)).toEqual(Array.from({ length: 20_000 }, (_, n) => `line ${n}`));
  });
});

describe("what is printed", () => {
  test("A line of 5 MB is cut and marked; the next one is whole", async () => {
    const attempt = await worker.runTask(`process.stdout.write("x".repeat(5_000_000) + "\\n"); console.log("after");`);
    expect(attempt.outcome).toEqual({ kind: "success" });
    expect(printed(attempt)).toEqual([`${"x".repeat(1_000)} … [cut: the line has 5000000 bytes]`, "after"]);
  });

  test("invalid UTF-8 and NULs do no harm; a line without its end is a line", async () => {
    const attempt = await worker.runTask(
      `process.stdout.write(Buffer.from([0x61, 0xff, 0x00, 0x62, 0x0d, 0x0a, 0xd0])); process.stdout.write(Buffer.from([0x96]));`,
    );
    expect(printed(attempt)).toEqual(["a\uFFFDb", "Ж"]);
  });

  test("programs that the task starts print into its log", async () => {
    const attempt = await worker.runTask(
      `const { spawnSync } = await import("node:child_process"); spawnSync("sh", ["-c", "echo out; echo err >&2"], { stdio: "inherit" });`,
    );
    expect(attempt.lines.map(({ source, level, message }) => ({ source, level, message }))).toEqual(
      expect.arrayContaining([
        { source: "stdout", level: "info", message: "out" },
        { source: "stderr", level: "warning", message: "err" },
      ]),
    );
  });

  test("a log line shows while the task is still running", async () => {
    const running = worker.runTask(
      `console.log("first"); await new Promise((resolve) => setTimeout(resolve, 1_000)); console.log("last");`,
    );
    const attempt = [...worker.api.attempts.values()].at(-1);
    await worker.api.until(() => attempt?.lines.some((line) => line.message === "first") ?? false, "the first line");
    expect(attempt?.state).toBe("running");
    expect(printed(await running)).toEqual(["first", "last"]);
  });

  test("what an attempt prints beyond the limit is left out, counted and marked, and the result is not harmed", async () => {
    const small = await startTestWorker({ maxLogBytes: 1_000 });
    try {
      const attempt = await small.runTask(`for (let n = 0; n < 100; n += 1) console.log("0123456789".repeat(4)); return 1;`);
      expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
      expect(printed(attempt)).toHaveLength(25);
      expect(messages(attempt)).toContain("system: The log is cut here: the attempt printed more than 1000 bytes.");
      expect(messages(attempt)).toContain("system: 75 more lines were printed and not kept.");
    } finally {
      await small.close();
    }
  });

  test("20 MB are taken at the pace of the server, in order and without growing", async () => {
    const attempt = await worker.runTask(`const text = "y".repeat(990); for (let n = 0; n < 20_000; n += 1) console.log(n + " " + text);`);
    expect(printed(attempt).map((line) => Number(line.split(" ")[0]))).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
  });
});

describe("secrets (A8, D4)", () => {
  test("password and extra of a connection are masked in lines, errors and stacks; harmless options stay readable", async () => {
    worker.api.connections.set("crm", {
      connectionId: "crm",
      type: "http",
      host: "crm.example.org",
      port: 443,
      login: "robot",
      password: "pa$$ word/1",
      schema: null,
      extra: { token: "tok-12345", sslmode: "require", nested: { key: "line one\nline two" } },
    });
    const attempt = await worker.runTask(
      `const c = await ctx.connection("crm");
       console.log("password " + c.password + " token " + c.extra.token + " mode " + c.extra.sslmode + " host " + c.host);
       ctx.log.info("https://robot:" + encodeURIComponent(c.password) + "@crm.example.org");
       console.error(c.extra.nested.key);
       throw new Error("refused: " + c.password);`,
    );
    expect(printed(attempt)).toEqual([
      "password *** token *** mode require host crm.example.org",
      "https://robot:***@crm.example.org",
      "***",
      "***",
    ]);
    expect(JSON.stringify([attempt.outcome, attempt.lines])).not.toMatch(/pa\$\$|tok-12345|line one/);
    expect(attempt.outcome).toMatchObject({ message: "refused: ***" });
  });

  test("a missing connection or variable is an error by its name; a default takes a variable's place", async () => {
    worker.api.variables.set("region", "north");
    const attempt = await worker.runTask(
      `const failed = await ctx.connection("nowhere").catch((error) => error.code + " " + error.message);
       return [failed, await ctx.variable("region"), await ctx.variable("missing", "default"), await ctx.variable("missing").catch((error) => error.code)];`,
    );
    expect(attempt.outcome).toEqual({
      kind: "success",
      output: ['connection_not_found There is no connection "nowhere".', "north", "default", "variable_not_found"],
    });
  });

  test("no secret of the server, no token and no key is in the task's environment or arguments", async () => {
    const attempt = await worker.runTask(
      `const { readFileSync } = await import("node:fs");
       return { env: process.env, argv: [process.argv, process.execArgv], start: readFileSync("/proc/self/environ", "latin1").split("\\0") };`,
    );
    const seen = JSON.stringify(attempt.outcome);
    expect(seen).toContain('"PATH":"/usr/local/bin:/usr/bin:/bin"');
    for (const secret of ["secret-of-the-server", "attempt-token", worker.api.workerKey, "FERNET"]) expect(seen).not.toContain(secret);
  });
});

describe("bundles", () => {
  test("a bundle that does not have its hash is not run", async () => {
    const hash = worker.api.addBundle("export {}");
    worker.api.bundles.set(hash, Buffer.from("process.exit(9)"));
    const attempt = worker.api.queue({ taskId: "task", bundleHash: hash });
    await worker.run(attempt);
    expect(attempt.outcome).toMatchObject({ kind: "failed", message: expect.stringContaining("was not run") });
  });

  test("a bundle whose import throws fails the attempt with the author's error", async () => {
    const attempt = worker.api.queue({
      taskId: "task",
      bundleHash: worker.api.addBundle(`// polyflow bundle of dags/test.ts\nthrow new Error("at import");`),
    });
    await worker.run(attempt);
    expect(attempt.outcome).toMatchObject({ kind: "failed", reason: "error", message: "at import" });
  });

  test("a project that this worker does not have is named", async () => {
    const attempt = await worker.runTask(`return 1;`, { bundleName: "elsewhere" });
    expect(attempt.outcome).toMatchObject({ kind: "failed", message: expect.stringContaining('"elsewhere"') });
  });
});

describe("SQL sessions (A8)", () => {
  const PROVIDER = `
    export const provider = {
      name: "example",
      sqlConnectionTypes: ["example"],
      openSql: async (connection, options) => {
        console.log("opened " + connection.host + " as " + options.applicationName);
        return {
          query: async (statement) => [{ statement }],
          transaction: async (work) => work(this),
          close: async () => console.log("closed"),
        };
      },
    };`;

  test("ctx.sql opens one session per connection with the provider of its type, and closes it at the end, also of a failure", async () => {
    const dir = mkdtempSync(join(tmpdir(), "task-runner-provider-"));
    const module = join(dir, "provider.mjs");
    writeFileSync(module, PROVIDER);
    const own = await startTestWorker({ providers: [{ types: ["example"], module: pathToFileURL(module).href }] });
    try {
      const connection = { host: "db", port: null, login: null, password: null, schema: null, extra: {} };
      own.api.connections.set("db", { ...connection, connectionId: "db", type: "example" });
      own.api.connections.set("other", { ...connection, connectionId: "other", type: "oracle" });
      const attempt = await own.runTask(
        `const [one, two] = await Promise.all([ctx.sql("db"), ctx.sql("db")]);
         console.log(one === two, (await one.query("select 1"))[0].statement);
         throw new Error("after");`,
      );
      expect(printed(attempt)).toEqual(["opened db as polyflow:dag/task", "true select 1", "closed"]);
      const refused = await own.runTask(`await ctx.sql("other");`);
      expect(refused.outcome).toMatchObject({
        kind: "failed",
        message: expect.stringMatching(/type "oracle", which no installed provider knows; known are: example/),
      });
    } finally {
      await own.close();
      rmSync(dir, { recursive: true });
    }
  });
});

describe("the server's refusal", () => {
  test("an output that the server does not take fails the attempt instead of leaving it running for ever", async () => {
    worker.api.refuseOutcome = (outcome) => outcome.kind === "success";
    try {
      const attempt = await worker.runTask(`return 1;`);
      expect(attempt.outcome).toMatchObject({ kind: "failed", message: expect.stringContaining("refused its output") });
    } finally {
      worker.api.refuseOutcome = () => false;
    }
  });
});
