/**
 * A loader in a process of its own, for tests that kill it: waits for `{ flow, dieAt }`, loads, and answers `{ status }`.
 * `node atomicity-loader.ts PROJECT URL`
 */
import { randomUUID } from "node:crypto";
import { readFlow } from "@polyflow/metadata-model";
import { runLoad } from "./run-load.ts";

const [projectDir = "", url = ""] = process.argv.slice(2);
process.on("message", (order: { readonly flow: string; readonly dieAt?: string }) => void obey(order));
process.send?.({ ready: true });

async function obey({ flow, dieAt }: { readonly flow: string; readonly dieAt?: string }): Promise<void> {
  const { report } = await runLoad({
    ...(await readFlow(projectDir, flow)),
    projectDir,
    loadId: randomUUID(),
    target: { connection: "df", client: url },
    log: { info: () => undefined, warning: () => undefined },
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    limits: { segmentBytes: 16 << 10 },
    onPoint: (point) => {
      if (point === dieAt) process.kill(process.pid, "SIGKILL");
    },
  });
  process.send?.({ status: report.status });
}
