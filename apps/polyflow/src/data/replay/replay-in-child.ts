import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import type { ReplayedRejects } from "@polyflow/server";
import { replayAnswer, type ReplayTask } from "./replay-messages.ts";

const MAIN = fileURLToPath(new URL("replay-child.ts", import.meta.url));
const MEMORY_MB = 512;

/**
 * Loads corrected rejects in a process of its own, so that neither the work nor what it runs (rules may be code) is in the server.
 * @throws PolyflowError what the load failed of
 */
export async function replayInChild(task: ReplayTask): Promise<ReplayedRejects> {
  const child = fork(MAIN, [], {
    env: {},
    execArgv: [`--max-old-space-size=${MEMORY_MB}`],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "advanced",
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  child.once("message", resolve);
  child.once("error", reject);
  // Not "exit", which may come before the answer has been read.
  child.once("close", (code, signal) => {
    reject(
      new PolyflowError("load_failed", `The process that loads rejects ended with ${signal ?? `code ${code ?? 0}`}. Nothing was changed.`),
    );
  });
  child.send(task);
  try {
    const answer = replayAnswer.parse(await promise);
    if (answer.kind === "failed") throw new PolyflowError(answer.code, answer.message);
    const { loadId, loaded, rejected } = answer;
    return { loadId, loaded, rejected };
  } finally {
    child.kill();
  }
}
