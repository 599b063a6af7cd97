import { randomUUID } from "node:crypto";
import { isPolyflowError } from "@polyflow/contracts";
import { replayRejects } from "@polyflow/loader";
import { readFlow } from "@polyflow/metadata-model";
import { warehouseClient } from "@polyflow/provider-data";
import type { ReplayAnswer, ReplayTask } from "./replay-messages.ts";

/** The child that loads corrected rejects: one load, then it ends. */
process.once("message", (task: ReplayTask) => {
  void replay(task).then((answer) => process.send?.(answer, () => process.disconnect()));
});
process.once("disconnect", () => process.exit(0));

async function replay({ projectDir, flow, rejectedBy, which, connection, systemSchema }: ReplayTask): Promise<ReplayAnswer> {
  try {
    const { report, failure } = await replayRejects({
      ...(await readFlow(projectDir, flow)),
      projectDir,
      target: { connection: connection.connectionId, client: warehouseClient(connection) },
      loadId: randomUUID(),
      rejectedBy,
      which,
      log: { info: () => undefined, warning: () => undefined },
      clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
      systemSchema,
    });
    if (failure !== undefined) throw failure;
    return { kind: "loaded", loadId: report.loadId, loaded: report.rows.loaded, rejected: report.rows.rejected };
  } catch (error) {
    if (isPolyflowError(error)) return { kind: "failed", code: error.code, message: error.message };
    return { kind: "failed", code: "load_failed", message: error instanceof Error ? error.message : String(error) };
  }
}
