import { type CallbackContext, dag, task } from "@polyflow/sdk";

function tellWho({ dagId, runId, deadline, log }: CallbackContext): void {
  log.warning(`Run ${runId} of ${dagId} should have ended by ${deadline?.dueAt.toISOString()} (${deadline?.name}).`);
}

/** Takes longer than the run should: the deadline is missed while it works, and the run ends well all the same. */
const slow = task("slow", async (_input, context) => {
  await context.sleep("3s");
  return "done";
});

export const deadline = dag(
  {
    id: "example_deadline",
    description: "A run that is late: its deadline is noted and somebody is told, while its tasks go on",
    tags: ["example", "feature"],
    deadlines: [{ name: "soon", after: "1s", onMiss: tellWho }],
  },
  () => {
    slow();
  },
);
