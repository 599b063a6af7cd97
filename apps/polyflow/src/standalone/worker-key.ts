import { homeSecret } from "../home/secrets.ts";
import type { StandaloneContext } from "./standalone-context.ts";

/** The secret that workers register with: configured, or made in the home folder. */
export async function workerKey(context: StandaloneContext): Promise<string> {
  const configured = context.configuration.workers.worker_key;
  return configured === "" ? homeSecret(context.home, "worker-key") : configured;
}
