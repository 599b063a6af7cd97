import { DAG_ID_PATTERN, type InputSpec, type JsonObject, type MappingSpec, type SensorSpec, type TaskSpec } from "@polyflow/contracts";
import { type GroupDraft, idWithin, mappedGroupOf } from "./group-draft.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { NotJsonError, sortKeys, toJson } from "./json-conversion.ts";
import { eachOf } from "./map-source.ts";
import { type ElementFunction, MappingReader } from "./mapping-reader.ts";
import type { OrderedTask, OutputReference } from "./order.ts";
import type { TaskDefinition } from "./runtime/definition.ts";
import { elementOf, referenceOf } from "./task-handle.ts";
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
  readonly upstreamLabels: Map<string, string>;
  readonly group: GroupDraft | undefined;
  readonly mapping: MappingSpec | undefined;
  readonly skipsDownstream: TaskSpec["skipsDownstream"];
  readonly code: TaskCode;
  readonly sensor: SensorSpec | undefined;
}

/** What a task process runs of a task. */
type TaskCode = Omit<TaskDefinition, "taskId">;

/** What a task is to others; may be said after it was called. */
export interface TaskMarks {
  readonly role?: TaskSpec["role"];
  readonly onFailureFailDagRun?: boolean;
}

/** What `addTask` needs to know of a call. */
export interface TaskCall extends TaskMarks, Omit<TaskCode, "fields" | "mapFunctions" | "mapIndexTemplate" | "callbacks"> {
  readonly operator: string;
  readonly options: TaskOptions;
  /** Constants and handles by name. */
  readonly inputs: object;
  /** A source of which each element gives the inputs of an instance. */
  readonly kwargs?: { readonly source: unknown };
  readonly details: object;
  /** Values in which templates are rendered. */
  readonly fields?: object | undefined;
  readonly sensor?: SensorSpec;
  readonly skipsDownstream?: TaskSpec["skipsDownstream"];
}

/** A DAG while its function runs. */
export class DagDraft {
  readonly dagId: string;
  readonly tasks = new Map<string, TaskDraft>();
  readonly groups: GroupDraft[] = [];
  readonly #defaults: TaskSettings;
  readonly #owner: string;
  readonly #marks = new Map<string, TaskMarks>();
  #group: GroupDraft | undefined;

  constructor(dagId: string, defaults: TaskSettings, owner: string) {
    this.dagId = dagId;
    this.#defaults = defaults;
    this.#owner = owner;
  }

  /** The group that is being described. */
  get currentGroup(): GroupDraft | undefined {
    return this.#group;
  }

  /** Describes what is inside of a group. */
  describeGroup<Result>(group: GroupDraft, describe: () => Result): Result {
    this.groups.push(group);
    const outer = this.#group;
    this.#group = group;
    try {
      return describe();
    } finally {
      this.#group = outer;
    }
  }

  /** @throws PolyflowError `dag_invalid` */
  addTask(call: TaskCall): OrderedTask {
    checkId("task", call.options.id);
    const group = this.#group;
    const taskId = idWithin(group, call.options.id);
    checkId("task", taskId);
    if (this.tasks.has(taskId) || this.groups.some(({ groupId }) => groupId === taskId)) {
      throw invalidDag(
        `DAG "${this.dagId}" has two tasks "${taskId}". Give one of them another id, for a task used twice: ` +
          `${call.options.id}.with({ id: "${call.options.id}_2" })(…).`,
      );
    }
    within(`task "${taskId}"`, () => {
      const upstream = new Set<string>();
      const settings = resolveSettings(call.options, { ...this.#defaults, ...group?.defaults }, this.#owner);
      const details = readConstant(call.details, "details") as JsonObject;
      const fields = call.fields === undefined ? undefined : (readConstant(call.fields, "fields") as JsonObject);
      const reader = new MappingReader((reference) => this.#addOutput(reference, upstream));
      const inputs = this.#readInputs(call.inputs, upstream);
      const mapping = readMapping(call, reader, settings);
      const outer = mappedGroupOf(group);
      if (mapping !== undefined && outer !== undefined)
        throw invalidDag(`it is mapped inside of the mapped group "${outer.groupId}". Map the group over more, or the task outside of it.`);
      const { operator, options, sensor, skipsDownstream } = call;
      const graph = { upstream, upstreamLabels: new Map<string, string>(), group, mapping, skipsDownstream };
      const { callbacks } = settings;
      const code = { ...codeOf(call, fields, outer?.functions ?? reader.functions), ...(callbacks === undefined ? {} : { callbacks }) };
      this.tasks.set(taskId, { taskId, operator, options, settings, inputs, details, fields, ...graph, sensor, code });
      this.mark(taskId, call);
    });
    return this.orderedTask(taskId);
  }

  orderedTask(taskId: string): OrderedTask {
    return {
      reference: { dag: this, taskId, path: [] },
      addUpstream: (reference, label) => {
        this.checkOwn(reference);
        const task = this.tasks.get(taskId);
        task?.upstream.add(reference.taskId);
        if (label !== undefined) task?.upstreamLabels.set(reference.taskId, label);
      },
    };
  }

  /** Says what a task is to others. @throws PolyflowError `dag_invalid` */
  mark(taskId: string, { role, onFailureFailDagRun }: TaskMarks): void {
    if (role === undefined) return;
    const former = this.#marks.get(taskId);
    if (former?.role !== undefined && former.role !== role) throw invalidDag(`task "${taskId}" cannot be a ${former.role} and a ${role}.`);
    if (role === "teardown" && this.tasks.get(taskId)?.options.triggerRule !== undefined)
      throw invalidDag(`task "${taskId}" is a teardown: when it runs cannot be chosen. Leave out triggerRule.`);
    this.#marks.set(taskId, { role, onFailureFailDagRun: former?.onFailureFailDagRun === true || onFailureFailDagRun === true });
  }

  marksOf(taskId: string): TaskMarks {
    return this.#marks.get(taskId) ?? {};
  }

  roleOf(taskId: string): TaskSpec["role"] {
    return this.marksOf(taskId).role;
  }

  #readInputs(wired: object, upstream: Set<string>): { readonly [name: string]: InputSpec } {
    const inputs: [string, InputSpec][] = [];
    for (const [name, value] of Object.entries(wired)) {
      if (value !== undefined && eachOf(value) === undefined) inputs.push([name, this.#readInput(name, value, upstream)]);
    }
    return Object.fromEntries(inputs.sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  #readInput(name: string, value: unknown, upstream: Set<string>): InputSpec {
    const element = elementOf(value);
    if (element !== undefined) {
      const { group, path } = element;
      if (element.dag !== this || mappedGroupOf(this.#group)?.groupId !== group)
        throw invalidDag(`input "${name}" is an element of the mapped group "${group}"; only tasks inside of it can have it.`);
      return { kind: "element", name: element.name, ...(path.length === 0 ? {} : { path }) };
    }
    const reference = referenceOf(value);
    if (reference === undefined) return { kind: "constant", value: sortKeys(readConstant(value, `input "${name}"`)) };
    this.#addOutput(reference, upstream);
    return { kind: "output", taskId: reference.taskId, ...(reference.path.length === 0 ? {} : { path: reference.path }) };
  }

  #addOutput(reference: OutputReference, upstream: Set<string>): void {
    this.checkOwn(reference);
    upstream.add(reference.taskId);
  }

  /** @throws PolyflowError `dag_invalid` */
  checkOwn(reference: OutputReference): void {
    if (reference.dag === this) return;
    throw invalidDag(
      `Task "${reference.taskId}" belongs to another DAG. Tasks can depend only on tasks of their own DAG, here "${this.dagId}".`,
    );
  }
}

function codeOf(
  { execute, watch, resumesOnTimeout, options: { mapIndexTemplate } }: TaskCall,
  fields: JsonObject | undefined,
  mapFunctions: readonly ElementFunction[],
): TaskCode {
  return {
    execute,
    ...(fields === undefined ? {} : { fields }),
    ...(watch === undefined ? {} : { watch }),
    ...(resumesOnTimeout === undefined ? {} : { resumesOnTimeout }),
    ...(mapFunctions.length === 0 ? {} : { mapFunctions }),
    ...(mapIndexTemplate === undefined ? {} : { mapIndexTemplate }),
  };
}

function readMapping(call: TaskCall, reader: MappingReader, { maxMapLength }: ResolvedSettings): MappingSpec | undefined {
  const sources = Object.entries(call.inputs).flatMap(([name, value]: [string, unknown]) => {
    const each = eachOf(value);
    return each === undefined ? [] : [{ name, source: each.source }];
  });
  const maxLength = maxMapLength === undefined ? {} : { maxLength: maxMapLength };
  if (call.kwargs !== undefined) return { ...reader.expandKwargs(call.kwargs.source), ...maxLength };
  return sources.length === 0 ? undefined : { ...reader.expand(sources), ...maxLength };
}

/** The task behind a handle, to say what it is to others. @throws PolyflowError `dag_invalid` */
export function markedTask(handle: object): { readonly mark: (marks: TaskMarks) => void } {
  const reference = referenceOf(handle);
  if (reference === undefined || reference.path.length > 0 || !(reference.dag instanceof DagDraft))
    throw invalidDag("only a task can be a setup or a teardown.");
  const { dag, taskId } = reference;
  return { mark: (marks) => dag.mark(taskId, marks) };
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
export function checkId(kind: "DAG" | "task" | "group", id: unknown): void {
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
