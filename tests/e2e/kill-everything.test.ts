import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { TestProject } from "../harness/project.ts";
import { Standalone } from "../harness/standalone.ts";

const SLOW_CHAIN = `
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { dag, task } from "@polyflow/sdk";

const step = task("step", async (input: { after: number; pauseMs: number }, ctx) => {
  const note = (event: string) => appendFileSync(ctx.projectDir + "/ledger.txt", ctx.taskId + " " + event + " " + ctx.tryNumber + "\\n");
  note("start");
  await pause(input.pauseMs);
  note("end");
  return input.after + 1;
});

export const slowChain = dag({ id: "slow_chain", schedule: null }, () => {
  const first = step.with({ id: "first" })({ after: 0, pauseMs: 10 });
  const second = step.with({ id: "second" })({ after: first, pauseMs: 4000 });
  step.with({ id: "third" })({ after: second, pauseMs: 10 });
});
`;

const KILLED = `
import { appendFileSync } from "node:fs";
import { dag, task } from "@polyflow/sdk";
const told = (context) => appendFileSync(context.projectDir + "/told.txt", context.taskId + " " + context.state + "\\n");
const kill = async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => undefined); };
const once = task({ id: "killed_once", retries: 1, retryDelay: "0s", onRetry: told, onFailure: told }, async (_input, { tryNumber }) => {
  if (tryNumber === 1) await kill();
  return "done";
});
const always = task({ id: "killed_always", onFailure: told }, kill);
export const killed = dag({ id: "killed" }, () => { once(); always(); });
`;

let project: TestProject;
let polyflow: Standalone;

beforeAll(async () => {
  project = new TestProject({ "dags/slow-chain.ts": SLOW_CHAIN, "dags/killed.ts": KILLED });
  polyflow = await Standalone.start({ projects: [project.dir], examples: false });
});
afterAll(async () => {
  await polyflow.remove();
  project.remove();
});

function ledger(): readonly string[] {
  const file = join(project.dir, "ledger.txt");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

test("A14: kill -9 of all processes in mid-run; after the next start the run ends rightly and nothing is doubled", async () => {
  const before = await polyflow.client();
  await before.waitForDag("slow_chain");
  const runId = await before.trigger("slow_chain");
  await eventually("the second task to run", () => (ledger().includes("second start 1") ? true : undefined));

  await polyflow.killEverything();
  await polyflow.startAgain();

  const after = await polyflow.client();
  const run = await after.waitForRun("slow_chain", runId, 90_000);
  expect(run.state).toBe("success");
  expect(run.tasks.map((task) => [task.task_id, task.state])).toEqual([
    ["first", "success"],
    ["second", "success"],
    ["third", "success"],
  ]);
  // What had ended is not run again; what was killed ran once more, to its end, once.
  expect(ledger()).toEqual([
    "first start 1",
    "first end 1",
    "second start 1",
    "second start 2",
    "second end 2",
    "third start 1",
    "third end 1",
  ]);
  const output = await after.request<{ value: unknown }>(
    "GET",
    `/api/v2/dags/slow_chain/dagRuns/${encodeURIComponent(runId)}/taskInstances/third/xcomEntries/return_value`,
  );
  expect(output.value).toBe(3);
});

test("a killed task process is a failure: retried where retries are left, and told of (Airflow #60858, #55753, #16285: success, or no retry)", async () => {
  const client = await polyflow.client();
  await client.waitForDag("killed");
  const run = await client.runDag("killed");
  expect(run.tasks.map(({ task_id: id, state, try_number: tries }) => `${id} ${state} ${tries}`).sort()).toEqual([
    "killed_always failed 1",
    "killed_once success 2",
  ]);
  expect(run.tasks.find(({ task_id: id }) => id === "killed_always")?.reason).toContain("SIGKILL");
  const told = await eventually("both callbacks", () => {
    const file = join(project.dir, "told.txt");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").sort() : [];
    return lines.length === 2 ? lines : undefined;
  });
  expect(told).toEqual(["killed_always failed", "killed_once up_for_retry"]);
});

test("A14: kill -9 of the database in mid-run: no task fails, none runs twice (Airflow #22074, #27100, #29121, #38252)", async () => {
  const client = await polyflow.client();
  const before = ledger().length;
  const runId = await client.trigger("slow_chain");
  await eventually("the second task to run", () => (ledger().slice(before).includes("second start 1") ? true : undefined));
  const postmaster = Number(readFileSync(join(polyflow.home, "postgres", "data", "postmaster.pid"), "utf8").split("\n")[0]);
  process.kill(postmaster, "SIGKILL");
  await eventually(
    "the run to end well",
    async () => {
      const run = await client
        .request<{ state: string }>("GET", `/api/v2/dags/slow_chain/dagRuns/${encodeURIComponent(runId)}`)
        .catch(() => undefined);
      if (run?.state === "failed") throw new Error("the run failed");
      return run?.state === "success" ? run : undefined;
    },
    { withinMs: 90_000 },
  );
  expect(ledger().slice(before)).toEqual(["first", "second", "third"].flatMap((task) => [`${task} start 1`, `${task} end 1`]));
});

test("Ctrl-C leaves no process behind and ends with 0", async () => {
  expect(await polyflow.stop()).toBe(0);
});
