/** Runs the loader once in a process of its own: `node loader-process.ts FLOW|scan PROJECT URL`; prints one JSON object. */
import { randomUUID } from "node:crypto";
import { runLoad, scanSource } from "@polyflow/loader";
import { readFlow } from "@polyflow/metadata-model";
import { systemClock } from "@polyflow/service-kit";

const [what = "", projectDir = "", url = ""] = process.argv.slice(2);
const resolved = await readFlow(projectDir, what === "scan" ? "append" : what);
const request = { ...resolved, projectDir, loadId: randomUUID(), target: { connection: "df", client: url }, clock: systemClock };
const log = { info: () => undefined, warning: () => undefined };

const { rows, elapsedMs } = what === "scan" ? await scan() : await load();
console.log(JSON.stringify({ elapsedMs, rows, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));

/** The copying alone: staging tables are created before and dropped after, which \copy does not do at all. */
async function scan(): Promise<{ readonly rows: object; readonly elapsedMs: number }> {
  const { records, copyMs } = await scanSource(request);
  return { rows: { read: records }, elapsedMs: copyMs };
}

async function load(): Promise<{ readonly rows: object; readonly elapsedMs: number }> {
  const startedMs = performance.now();
  const { report, failure } = await runLoad({ ...request, log, force: true });
  if (failure !== undefined) throw failure;
  return { rows: report.rows, elapsedMs: performance.now() - startedMs };
}
