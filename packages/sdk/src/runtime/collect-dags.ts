import { PolyflowError } from "@polyflow/contracts";
import { invalidDag } from "../invalid-dag.ts";
import { authorFrames, locate, type SourceLocation, type Trace } from "../source-location.ts";
import type { DagDefinition, TaskDefinition } from "./definition.ts";

const traces = new WeakMap<DagDefinition, Trace>();
let created: DagDefinition[] = [];
let specsNeeded = true;

/** Whether `dag()` builds the spec at once, so that its errors have a place, or when somebody asks for it. */
export function areSpecsNeeded(): boolean {
  return specsNeeded;
}

/** See `areSpecsNeeded`. */
export function setSpecsNeeded(needed: boolean): void {
  specsNeeded = needed;
}

/** Forgets the DAGs of a module whose import failed, before the next one. */
export function forgetUncollected(): void {
  created = [];
}

/** Notes a DAG that was described while a file is imported; `trace` is where `dag()` was called. */
export function registerDag(definition: DagDefinition, trace: Trace): void {
  traces.set(definition, trace);
  created.push(definition);
}

/**
 * The DAGs of a module that has just been imported, exported or not, in order of description.
 * Takes them out of the register, so import and collect one module after the other.
 * @throws PolyflowError `dag_invalid` when two have the same id
 * @example const dags = collectDags(await import(url));
 */
export function collectDags(moduleNamespace: object): readonly DagDefinition[] {
  const exported = Object.values(moduleNamespace).filter(isDagDefinition);
  const definitions = [...new Set([...created, ...exported])];
  created = [];
  const byId = new Map<string, DagDefinition>();
  for (const definition of definitions) {
    if (byId.has(definition.dagId)) {
      throw invalidDag(`The file describes two DAGs "${definition.dagId}". Give one of them another id.`, traces.get(definition));
    }
    byId.set(definition.dagId, definition);
  }
  return definitions;
}

/**
 * Where the module that brought a DAG about stands: the outermost author's frame of the call of `dag()`.
 * A DAG made by an imported function belongs to the importer, one that the imported module makes for itself to that module.
 */
export function originOf(definition: DagDefinition): SourceLocation | undefined {
  return authorFrames(traces.get(definition)?.stack ?? "").at(-1);
}

/** Where `dag()` was called for a DAG. */
export function locationOf(definition: DagDefinition): SourceLocation | undefined {
  return locate(traces.get(definition) ?? {});
}

/** The task of a DAG. @throws PolyflowError `dag_not_found`, `task_instance_not_found` when the bundle does not have it */
export function findTask(dags: readonly DagDefinition[], dagId: string, taskId: string): TaskDefinition {
  return requireTask(findDag(dags, dagId), taskId);
}

/** @throws PolyflowError `dag_not_found` when the bundle does not have it */
export function findDag(dags: readonly DagDefinition[], dagId: string): DagDefinition {
  const definition = dags.find((candidate) => candidate.dagId === dagId);
  if (definition !== undefined) return definition;
  throw new PolyflowError("dag_not_found", `The bundle has no DAG "${dagId}", only ${dags.map((each) => `"${each.dagId}"`).join(", ")}.`);
}

function requireTask(definition: DagDefinition, taskId: string): TaskDefinition {
  const task = definition.tasks.get(taskId);
  if (task !== undefined) return task;
  throw new PolyflowError(
    "task_instance_not_found",
    `DAG "${definition.dagId}" describes no task "${taskId}" when its file is imported in a task process. Describe the same tasks each time.`,
  );
}

function isDagDefinition(value: unknown): value is DagDefinition {
  return typeof value === "object" && value !== null && traces.has(value as DagDefinition);
}
