import type { JsonValue } from "@polyflow/contracts";
import type { TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import { namedOf } from "./date-methods.ts";

const RETURN_VALUE = "return_value";

interface OutputRequest {
  readonly taskId: string;
  readonly key: string;
  readonly mapIndex: number | undefined;
}

/**
 * `ti.xcom_pull` of templates. A template cannot wait: what it asks for is noted, fetched when the template is done, and the template is
 * rendered once more.
 */
export class OutputRequests {
  readonly #context: Pick<TaskContext, "xcom">;
  readonly #known = new Map<string, JsonValue>();
  #missing = new Map<string, OutputRequest>();

  constructor(context: Pick<TaskContext, "xcom">) {
    this.#context = context;
  }

  /** `ti.xcom_pull(task_ids="extract", key="return_value", map_indexes=0)`; a list of tasks gives a list. `default` stands for what is missing. */
  readonly pull = (...rest: readonly unknown[]): JsonValue => {
    const named = namedOf(rest);
    const taskIds = named.get("task_ids") ?? (rest[0] instanceof Map ? undefined : rest[0]);
    if (taskIds === undefined || taskIds === null)
      throw new FailTask('ti.xcom_pull needs the id of a task: ti.xcom_pull(task_ids="extract").');
    const key = textOf("key", named.get("key") ?? RETURN_VALUE);
    const index = named.get("map_indexes");
    const mapIndex = index === undefined || index === null ? undefined : Number(index);
    // JSON, as all that comes from the engine
    const otherwise = (named.get("default") ?? null) as JsonValue;
    const get = (taskId: unknown): JsonValue => this.#get({ taskId: textOf("task_ids", taskId), key, mapIndex }) ?? otherwise;
    return Array.isArray(taskIds) ? taskIds.map(get) : get(taskIds);
  };

  /** Fetches what was asked for and is not known. @returns whether there was anything */
  async fetchMissing(): Promise<boolean> {
    const requests = [...this.#missing];
    this.#missing = new Map();
    await Promise.all(
      requests.map(async ([name, { taskId, key, mapIndex }]) => {
        const value = await this.#context.xcom.pull(taskId, { key, ...(mapIndex === undefined ? {} : { mapIndex }) });
        this.#known.set(name, value ?? null);
      }),
    );
    return requests.length > 0;
  }

  #get(request: OutputRequest): JsonValue {
    const name = JSON.stringify(request);
    const known = this.#known.get(name);
    if (known === undefined) this.#missing.set(name, request);
    return known ?? null;
  }
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new FailTask(`ti.xcom_pull: ${name} must be text, and is ${JSON.stringify(value)}.`);
}
