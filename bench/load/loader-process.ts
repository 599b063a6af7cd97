/** Runs the loader once in a process of its own: `node loader-process.ts FLOW|scan PROJECT URL`; prints one JSON object. */
import { randomUUID } from "node:crypto";
import { runLoad, scanSource } from "@polyflow/loader";
import { readFlow } from "@polyflow/metadata-model";
import { systemClock } from "@polyflow/service-kit";

const [what = "", projectDir = "", url = ""] = process.argv.slice(2);
const resolved = await readFlow(projectDir, what === "scan" ? "append" : what);
const request = { ...resolved, projectDir, loadId: randomUUID(), target: { connection: "df", client: url }, clock: systemClock };
const log = { info: () => undefined, warning: () => undefined };

const startedMs = performance.now();
const rows = what === "scan" ? { read: (await scanSource(request)).records } : await load();
const elapsedMs = performance.now() - startedMs;
console.log(JSON.stringify({ elapsedMs, rows, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));

async function load(): Promise<object> {
  const { report, failure } = await runLoad({ ...request, log, force: true });
  if (failure !== undefined) throw failure;
  return report.rows;
}
