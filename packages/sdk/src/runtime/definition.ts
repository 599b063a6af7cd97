import type { DagSpec, JsonObject } from "@polyflow/contracts";
import type { TaskContext } from "../task-context.ts";

/** A task with its code, as the task process runs it. */
export interface TaskDefinition {
  readonly taskId: string;
  /** Values of the author's in which Jinja templates are rendered before each try. */
  readonly fields?: JsonObject;
  /** Runs the task once, with its fields rendered; what it resolves to is its output (JSON). */
  execute(input: { readonly [name: string]: unknown }, context: TaskContext, fields: JsonObject): Promise<unknown>;
}

/** A DAG with its code: what `dag()` returns and a module exports. */
export interface DagDefinition {
  readonly dagId: string;
  readonly spec: DagSpec;
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
}
