import type { TaskContext } from "@polyflow/sdk";
import type { Invocation } from "../cli/invocation.ts";
import { installedProviders } from "../providers/installed-providers.ts";
import { withSecrets } from "../secrets/command-secrets.ts";
import { loadLog } from "./df-warehouse.ts";

/** Work that needs what tasks have: connections, files of servers, records of systems. */
export interface OneTask {
  readonly projectDir: string;
  readonly work: (context: TaskContext) => Promise<void>;
}

/**
 * Runs `work` as the only task of a DAG in this process; what it logs goes to the person.
 * @returns why it failed; undefined when it did not
 */
export async function runOneTask(invocation: Invocation, { projectDir, work }: OneTask): Promise<string | undefined> {
  const { dag, task } = await import("@polyflow/sdk");
  const { runDag } = await import("@polyflow/testing");
  const definition = dag({ id: "df_command" }, () => {
    task("work", async (_input: {}, context) => {
      await work(context);
      return null;
    })();
  });
  const log = loadLog(invocation);
  return withSecrets(invocation, async (secrets) => {
    const ran = await runDag(definition, {
      connections: (connectionId) => secrets.find(connectionId),
      variables: (key) => secrets.variable(key),
      providers: await installedProviders(),
      projectDir,
      clock: invocation.surroundings.clock,
      onLog: (_taskId, line) => (line.level === "warning" ? log.warning(line.message) : log.info(line.message)),
    });
    const { state, reason } = ran.task("work");
    return state === "success" ? undefined : (reason ?? "It failed.");
  });
}
