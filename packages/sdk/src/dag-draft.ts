import { DAG_ID_PATTERN, type InputSpec, type JsonObject, type SensorSpec } from "@polyflow/contracts";
import { invalidDag, within } from "./invalid-dag.ts";
import { NotJsonError, sortKeys, toJson } from "./json-conversion.ts";
import type { TaskDefinition } from "./runtime/definition.ts";
import { type OrderedTask, type OutputReference, referenceOf } from "./task-handle.ts";
import { type ResolvedSettings, resolveSettings, type TaskOptions, type TaskSettings } from "./task-options.ts";

/** A task as it was called, before the graph is applied. */
export interface TaskDraft {
  readonly taskId: string;
  readonly operator: string;
  readonly options: TaskOptions;
  readonly settings: ResolvedSettings;
  readonly inputs: { readonly [name: string]: InputSpec };
  readonly details: JsonObject;
  readonly fields: JsonObject | undefined;
  readonly upstream: Set<string>;
  readonly code: TaskCode;
  readonly sensor: SensorSpec | undefined;
}

/** What a task process runs of a task. */
type TaskCode = Omit<TaskDefinition, "taskId">;

/** What `addTask` needs to know of a call. */
export interface TaskCall extends Omit<TaskCode, "fields"> {
  readonly operator: string;
  readonly options: TaskOptions;
  /** Constants and handles by name. */
  readonly inputs: object;
  readonly details: object;
  /** Values in which templates are rendered. */
  readonly fields?: object | undefined;
  readonly sensor?: SensorSpec;
}

/** A DAG while its function runs. */
export class DagDraft {
  readonly dagId: string;
  readonly tasks = new Map<string, TaskDraft>();
  readonly #defaults: TaskSettings;
  readonly #owner: string;

  constructor(dagId: string, defaults: TaskSettings, owner: string) {
    this.dagId = dagId;
    this.#defaults = defaults;
    this.#owner = owner;
  }

  /** @throws PolyflowError `dag_invalid` */
  addTask(call: TaskCall): OrderedTask {
    const taskId = call.options.id;
    checkId("task", taskId);
    if (this.tasks.has(taskId)) {
      throw invalidDag(
        `DAG "${this.dagId}" has two tasks "${taskId}". Give one of them another id, for a task used twice: ` +
          `${taskId}.with({ id: "${taskId}_2" })(…).`,
      );
    }
    const upstream = new Set<string>();
    within(`task "${taskId}"`, () => {
      const settings = resolveSettings(call.options, this.#defaults, this.#owner);
      const details = readConstant(call.details, "details") as JsonObject;
      const { operator, options, sensor, fields, execute, watch, resumesOnTimeout } = call;
      const templates = fields === undefined ? undefined : (readConstant(fields, "fields") as JsonObject);
      const code = {
        execute,
        ...(templates === undefined ? {} : { fields: templates }),
        ...(watch === undefined ? {} : { watch }),
        ...(resumesOnTimeout === undefined ? {} : { resumesOnTimeout }),
      };
      const inputs = this.#readInputs(call.inputs, upstream);
      this.tasks.set(taskId, { taskId, operator, options, settings, details, fields: templates, inputs, upstream, sensor, code });
    });
    return {
      reference: { dag: this, taskId, path: [] },
      addUpstream: (reference) => {
        this.#checkOwn(reference);
        upstream.add(reference.taskId);
      },
    };
  }

  #readInputs(wired: object, upstream: Set<string>): { readonly [name: string]: InputSpec } {
    const inputs: [string, InputSpec][] = [];
    for (const [name, value] of Object.entries(wired)) {
      if (value === undefined) continue;
      const reference = referenceOf(value);
      if (reference === undefined) {
        inputs.push([name, { kind: "constant", value: sortKeys(readConstant(value, `input "${name}"`)) }]);
        continue;
      }
      this.#checkOwn(reference);
      upstream.add(reference.taskId);
      const path = reference.path.length === 0 ? {} : { path: reference.path };
      inputs.push([name, { kind: "output", taskId: reference.taskId, ...path }]);
    }
    return Object.fromEntries(inputs.sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  #checkOwn(reference: OutputReference): void {
    if (reference.dag === this) return;
    throw invalidDag(
      `Task "${reference.taskId}" belongs to another DAG. Tasks can depend only on tasks of their own DAG, here "${this.dagId}".`,
    );
  }
}

let current: DagDraft | undefined;

/** Runs `build` with `draft` as the DAG that called tasks join. @throws PolyflowError `dag_invalid` */
export function describeWithin(draft: DagDraft, build: () => unknown): void {
  if (current !== undefined)
    throw invalidDag(`DAG "${draft.dagId}" is described within DAG "${current.dagId}". Describe it beside, not inside.`);
  current = draft;
  let answer: unknown;
  try {
    answer = build();
  } finally {
    current = undefined;
  }
  if (answer instanceof Promise) {
    answer.catch(() => undefined); // its failure would be reported a second time, without a place
    throw invalidDag(`The function that describes DAG "${draft.dagId}" is async. Tasks may be async, the description may not.`);
  }
}

/** The DAG that is being described. @throws PolyflowError `dag_invalid` outside of one */
export function currentDraft(taskId: string): DagDraft {
  if (current !== undefined) return current;
  throw invalidDag(`Task "${taskId}" was called outside of a DAG. Call it in the function that is given to dag().`);
}

/** @throws PolyflowError `dag_invalid` */
export function checkId(kind: "DAG" | "task", id: unknown): void {
  if (typeof id === "string" && DAG_ID_PATTERN.test(id)) return;
  throw invalidDag(
    `${JSON.stringify(id)} is no id of a ${kind}: 1 to 250 letters, digits, "_", "-" and "." are allowed. For people, give it a displayName.`,
  );
}

function readConstant(value: unknown, path: string): ReturnType<typeof toJson> {
  try {
    return toJson(value, path);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw invalidDag(`${error.message}. Give plain values or the output of a task.`);
  }
}
