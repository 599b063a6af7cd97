import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, silentLogger, systemClock } from "@polyflow/service-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestWorker, type TestWorker } from "../testing/test-worker.ts";
import { TaskProcessCode } from "./task-process-code.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Does at once what is to be done later. */
const hasty: Clock = { ...systemClock, schedule: (_delayMs, callback) => systemClock.schedule(0, callback) };
const folder = mkdtempSync(join(tmpdir(), "task-process-code-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a compiled task process", () => {
  let worker: TestWorker;
  beforeAll(async () => {
    const code = new TaskProcessCode({ folder, clock: hasty, logger: silentLogger });
    await code.open();
    expect(code.main).toMatch(/child\/main\.ts$/);
    await vi.waitUntil(() => code.main.endsWith("main.mjs"), { timeout: 90_000 });
    await code.close();
    worker = await startTestWorker({ compiledDir: folder });
  });
  afterAll(() => worker.close());

  test("is made once for the same sources, with nothing left over", async () => {
    const code = new TaskProcessCode({ folder, clock: hasty, logger: silentLogger });
    await code.open();
    expect(code.main).toMatch(/main\.mjs$/);
    expect(readdirSync(folder)).toHaveLength(1);
    await code.close();
  });

  test("runs, and knows the classes that the task throws", async () => {
    const path = await worker.runTask("return process.argv[1];");
    expect(path.outcome).toMatchObject({ kind: "success", output: expect.stringContaining(folder) });
    expect((await worker.runTask('throw new SkipTask("nothing new");')).outcome).toEqual({ kind: "skipped", reason: "nothing new" });
    expect((await worker.runTask('throw new FailTask("never");')).outcome).toMatchObject({ kind: "failed", reason: "fatal" });
    const broken = await worker.runTask('await ctx.variable("missing");');
    expect(broken.outcome).toMatchObject({ kind: "failed", message: expect.stringContaining("missing") });
    expect(broken.outcome).not.toMatchObject({ stack: expect.stringContaining(folder) });
  });

  test("renders templates and finds what stands beside its sources", async () => {
    const bundle = `// polyflow bundle of dags/test.ts
import { bash, dag } from "@polyflow/sdk";
dag("dag", () => { bash({ id: "task", command: "echo {{ 1 + 1 }}" }); });
`;
    const queued = worker.api.queue({ taskId: "task", bundleHash: worker.api.addBundle(bundle) });
    await worker.run(queued);
    expect(queued.outcome).toMatchObject({ kind: "success", output: "2" });
  });
});
