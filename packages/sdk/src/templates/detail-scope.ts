import type { AttemptDetails } from "@polyflow/contracts/wire";
import type { TaskContext } from "../task-context.ts";
import type { Scope, ScopeValue } from "./jinja.ts";
import { readZonedTime, writeZonedTime } from "./zoned-time.ts";

const TAG = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
/** Names that the attempt's order does not hold; each template that has one of them costs a question to the server. */
const DETAILS =
  /\b(?:prev_\w+_success|expanded_ti_count|inlets|outlets|inlet_events)\b|\b(?:ti|task_instance|task|dag|dag_run)\.(?:max_tries|hostname|start_date|queued_at|owner|owners|tags|description|retries|pool|queue|operator)\b/;

/** What a template can name of the task and its DAG that is asked of the server, by the object that it belongs to. */
export interface DetailScope {
  readonly names: Scope;
  readonly ti: Scope;
  readonly task: Scope;
  readonly dag: Scope;
  readonly run: Scope;
}

const NOTHING: DetailScope = { names: {}, ti: {}, task: {}, dag: {}, run: {} };

/** Asks for the details where a template names one. */
export async function detailScope(templates: readonly string[], context: TaskContext): Promise<DetailScope> {
  const tags = templates.flatMap((template) => template.match(TAG) ?? []);
  if (!tags.some((tag) => DETAILS.test(tag))) return NOTHING;
  const details = await context.details();
  const { task, dag, run, previousSuccess: previous } = details;
  return {
    names: {
      expanded_ti_count: details.instances,
      inlets: assetsOf(task.inlets),
      outlets: assetsOf(task.outlets),
      ...(tags.some((tag) => tag.includes("inlet_events")) ? { inlet_events: await inletEventsOf(details, context) } : {}),
      prev_data_interval_start_success: dateOf(previous?.dataIntervalStart),
      prev_data_interval_end_success: dateOf(previous?.dataIntervalEnd),
      prev_start_date_success: dateOf(previous?.startDate),
      prev_end_date_success: dateOf(previous?.endDate),
    },
    ti: { max_tries: details.maxTries, hostname: details.hostname, start_date: dateOf(details.startDate), operator: task.operator },
    task: { owner: task.owner, retries: task.retries, pool: task.pool, queue: task.queue, operator: task.operator },
    dag: { description: dag.description, owner: dag.owners.join(", "), owners: [...dag.owners], tags: [...dag.tags] },
    run: { start_date: dateOf(run.startDate), queued_at: dateOf(run.queuedAt) },
  };
}

function assetsOf(references: AttemptDetails["task"]["inlets"]): ScopeValue {
  return references.map((one) => ({ name: one.name, group: one.group, uri: one.kind === "asset" ? one.uri : null }));
}

/** The newest updates of each of the task's inlets, newest first. */
async function inletEventsOf({ task }: AttemptDetails, context: TaskContext): Promise<Scope> {
  const names = task.inlets.flatMap((inlet) => (inlet.kind === "asset" ? [inlet.name] : []));
  const found = await Promise.all(names.map(async (name) => [name, (await context.inletEvents(name)) as unknown as ScopeValue] as const));
  return Object.fromEntries(found);
}

function dateOf(instant: string | null | undefined): string | null {
  return instant === null || instant === undefined ? null : writeZonedTime(readZonedTime(instant));
}
