import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { withSecrets } from "../secrets/command-secrets.ts";
import { loadDag, runOptions } from "./load-dag.ts";
import { parseConf } from "./parse-conf.ts";

/** `polyflow tasks test`: one try of one task in this process, with the outputs of the tasks before it given by hand. */
export async function testTask(invocation: Invocation, argument = "", taskId = ""): Promise<number> {
  const loaded = await loadDag(invocation, argument);
  const { runTaskOnce } = await import("@polyflow/testing");
  return withSecrets(invocation, async (secrets) => {
    const outputs = parseConf(invocation.text("outputs"), "--outputs");
    const mapIndex = invocation.number("mapIndex");
    const run = await runTaskOnce(loaded.definition, taskId, {
      ...(await runOptions(invocation, loaded, secrets)),
      outputs,
      ...(mapIndex === undefined ? {} : { mapIndex }),
    });
    invocation.printObject({
      task_id: run.mapIndex < 0 ? run.taskId : `${run.taskId}[${run.mapName ?? run.mapIndex}]`,
      state: run.state,
      reason: run.reason,
      output: run.output ?? null,
      ...(run.assetUpdates.length === 0 ? {} : { asset_updates: run.assetUpdates.map(({ name, extra }) => ({ name, extra })) }),
      ...(run.renderedFields === undefined ? {} : { rendered_fields: run.renderedFields }),
    });
    if (run.stack !== undefined) invocation.note(run.stack);
    return run.state === "failed" ? EXIT.failed : EXIT.success;
  });
}
