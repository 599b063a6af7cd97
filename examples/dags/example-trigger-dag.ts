import { dag, externalTaskSensor, task, triggerDag } from "@polyflow/sdk";

/** Started by the DAG below; it can be started by hand as well. */
export const exampleTriggered = dag(
  { id: "example_triggered", tags: ["example"], params: { day: { type: "string", default: "today" } } },
  () => {
    task("prepare", (_input, ctx) => ({ preparedFor: ctx.params["day"] ?? null }))();
  },
);

/** One DAG starts another and waits for it; a sensor waits for one of its tasks. */
export const exampleTriggerDag = dag({ id: "example_trigger_dag", tags: ["example", "feature"] }, () => {
  const runId = "for_{{ run_id }}";
  const started = triggerDag({
    id: "start_other",
    dagId: "example_triggered",
    runId,
    conf: { day: "{{ run_id }}" },
    wait: true,
    mode: "defer",
    interval: "500ms",
    timeout: "10m",
  });
  const prepared = externalTaskSensor({
    id: "other_is_prepared",
    dagId: "example_triggered",
    runId,
    taskIds: ["prepare"],
    failedStates: ["failed"],
    mode: "reschedule",
    interval: "500ms",
    timeout: "10m",
  });
  task(
    "report",
    (input: { state: string; runs: readonly string[] }) => `${input.runs.length} run: ${input.state}`,
  )({
    state: started.get("state"),
    runs: prepared,
  });
});
