/** Runs the loader once in a process of its own: `node loader-process.ts FLOW|scan PROJECT URL`; prints one JSON object. */
import { randomUUID } from "node:crypto";

const [what = "", projectDir = "", url = ""] = process.argv.slice(2);

/** What a run says of itself. */
interface Run {
  readonly rows: object;
  readonly elapsedMs: number;
}

const { rows, elapsedMs } = what === "database" ? await database() : await file();
console.log(JSON.stringify({ elapsedMs, rows, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));

async function file(): Promise<Run> {
  const { runLoad, scanSource } = await import("@polyflow/loader");
  const { readFlow } = await import("@polyflow/metadata-model");
  const resolved = await readFlow(projectDir, what === "scan" ? "append" : what);
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
  const request = { ...resolved, projectDir, loadId: randomUUID(), target: { connection: "df", client: url }, clock };
  if (what === "scan") {
    // the copying alone: staging tables are created before and dropped after, which \copy does not do at all
    const { records, copyMs } = await scanSource(request);
    return { rows: { read: records }, elapsedMs: copyMs };
  }
  const startedMs = performance.now();
  const log = { info: () => undefined, warning: () => undefined };
  const { report, failure } = await runLoad({ ...request, log, force: true });
  if (failure !== undefined) throw failure;
  return { rows: report.rows, elapsedMs: performance.now() - startedMs };
}

/** From database to database by the operator that does it, within a run of a DAG. */
async function database(): Promise<Run> {
  const { load } = await import("@polyflow/provider-data");
  const { provider } = await import("@polyflow/provider-postgres");
  const { dag } = await import("@polyflow/sdk");
  const { runDag } = await import("@polyflow/testing");
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = {
    type: "postgres",
    host: hostname,
    port: Number(port),
    login: decodeURIComponent(username),
    password: decodeURIComponent(password),
    schema: pathname.slice(1),
    extra: {},
  };
  const definition = dag("measure", () => void load({ id: "load", flow: what, force: true }));
  const startedMs = performance.now();
  const run = await runDag(definition, { connections: { df: connection, shop: connection }, providers: [provider], projectDir });
  const elapsedMs = performance.now() - startedMs;
  const task = run.task("load");
  if (task.state !== "success") throw new Error(`the load is ${task.state}: ${task.reason}`);
  const summary = task.output;
  if (typeof summary !== "object" || summary === null) throw new Error("the load says nothing");
  return { rows: summary, elapsedMs };
}
