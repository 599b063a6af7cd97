import type { RunCallbackKind } from "@polyflow/contracts";
import { type Callback, gatherCallbacks, readCallbacks } from "./callback.ts";
import type { DagOptions } from "./dag-options.ts";
import type { DagDefinition } from "./runtime/definition.ts";

/** Functions that are called when a run ends. @throws PolyflowError `dag_invalid` */
export function runCallbacks({ onSuccess, onFailure }: DagOptions): DagDefinition["callbacks"] {
  return gatherCallbacks<RunCallbackKind>({
    success: { option: "onSuccess", given: onSuccess },
    failure: { option: "onFailure", given: onFailure },
  });
}

/** The functions of a DAG that belong to no task, as its definition has them. @throws PolyflowError `dag_invalid` */
export function dagCallbacks(options: DagOptions): Pick<DagDefinition, "callbacks" | "onMiss"> {
  const callbacks = runCallbacks(options);
  const onMiss = (options.deadlines ?? []).flatMap(({ name, onMiss: given }): [string, readonly Callback[]][] =>
    given === undefined ? [] : [[name, readCallbacks("onMiss", given)]],
  );
  return { ...(callbacks === undefined ? {} : { callbacks }), ...(onMiss.length === 0 ? {} : { onMiss: Object.fromEntries(onMiss) }) };
}
