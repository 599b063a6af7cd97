import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { withSecrets } from "../secrets/command-secrets.ts";
import { loadDag, runOptions } from "./load-dag.ts";

/** `polyflow dags test`: runs a DAG in this process; connections and variables are those of the home folder. */
export async function testDag(invocation: Invocation, argument = ""): Promise<number> {
  const loaded = await loadDag(invocation, argument);
  const { runDag } = await import("@polyflow/testing");
  return withSecrets(invocation, async (secrets) => {
    const run = await runDag(loaded.definition, await runOptions(invocation, loaded, secrets));
    invocation.printRows(
      run.tasks.map(({ taskId, mapIndex, mapName, state, tries, reason }) => ({
        task_id: mapIndex < 0 ? taskId : `${taskId}[${mapName ?? mapIndex}]`,
        state,
        tries,
        reason,
      })),
    );
    for (const task of run.tasks)
      if (task.state === "failed" && task.stack !== undefined) invocation.note(`\n${task.taskId}:\n${task.stack}`);
    return run.state === "success" ? EXIT.success : EXIT.failed;
  });
}
