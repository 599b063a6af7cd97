import type { DagSpec, JsonObject, JsonValue, RunCallbackKind, TaskCallbackKind } from "@polyflow/contracts";
import type { Callback } from "../callback.ts";
import type { PokeResult } from "../defer.ts";
import type { TaskContext } from "../task-context.ts";
import type { Timetable } from "../timetable.ts";

/** A task with its code, as the task process runs it. */
export interface TaskDefinition {
  readonly taskId: string;
  /** Values of the author's in which Jinja templates are rendered before each try. */
  readonly fields?: JsonObject;
  /** Functions that change elements over which the task, or its group, is mapped; the server says which to apply. */
  readonly mapFunctions?: readonly ((element: never) => unknown)[];
  /** Name of an instance of a mapped task: a template, or a function of its inputs. */
  readonly mapIndexTemplate?: string | ((inputs: { readonly [name: string]: JsonValue }) => string);
  /** Runs the task once, with its fields rendered; what it resolves to is its output (JSON). */
  execute(input: { readonly [name: string]: unknown }, context: TaskContext, fields: JsonObject): Promise<unknown>;
  /** Looks whether the wait of a deferred task is over; called by the triggerer, in a process that many waits share. */
  readonly watch?: (
    state: JsonValue | undefined,
    context: TaskContext,
    input: { readonly [name: string]: unknown },
    fields: JsonObject,
  ) => PokeResult<unknown> | Promise<PokeResult<unknown>>;
  /** When the time of its wait is up, `execute` is called all the same; otherwise the task fails. */
  readonly resumesOnTimeout?: boolean;
  /** Called when something becomes of an instance, as work of their own. */
  readonly callbacks?: { readonly [Kind in TaskCallbackKind]?: readonly Callback[] };
}

/** A DAG with its code: what `dag()` returns and a module exports. */
export interface DagDefinition {
  readonly dagId: string;
  readonly spec: DagSpec;
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** The author's own timetable, when the schedule has one. */
  readonly timetable?: Timetable;
  /** Called when a run ends. */
  readonly callbacks?: { readonly [Kind in RunCallbackKind]?: readonly Callback[] };
  /** Called when a run misses the deadline of this name. */
  readonly onMiss?: { readonly [deadline: string]: readonly Callback[] };
}
