import { callback, type CallbackContext, dag, task } from "@polyflow/sdk";

/** What people read in a message; templates know the names of tasks' templates and what happened. */
const inform = callback({ name: "inform", retries: 2, retryDelay: "10s", timeout: "1m" }, async (context: CallbackContext) => {
  context.log.info(await context.render("{{ dag.dag_id }}/{{ task_id }} is {{ state }} in {{ run_id }}: {{ error or 'all is well' }}"));
});

/** Once for the whole run, with what failed in it. */
function summarise({ log, state, failedTasks }: CallbackContext): void {
  log.info(failedTasks.length === 0 ? `The run ended: ${state}.` : `The run ended: ${state}, because of ${failedTasks.join(", ")}.`);
}

/** A source that is not there at first. */
const fetchPrices = task(
  { id: "fetch_prices", retries: 1, retryDelay: "1s", onRetry: inform, onSuccess: inform },
  (_input, { tryNumber }) => {
    if (tryNumber === 1) throw new Error("the source answers 503");
    return { prices: 3 };
  },
);

/** Callbacks of tasks and runs, and a deadline with somebody to tell: nothing of it ever changes how a task or a run ends. */
export const callbacks = dag(
  {
    id: "example_callbacks",
    description: "Tells somebody when a task is tried again, when it is done, when a run ends, and when a run is late",
    tags: ["example", "feature"],
    onSuccess: summarise,
    onFailure: summarise,
    defaults: { onFailure: inform },
    deadlines: [{ name: "within an hour", after: "1h", onMiss: inform }],
  },
  () => {
    fetchPrices();
  },
);
