import { isFinishedTaskState } from "@polyflow/contracts";
import type { GateResult, InstanceIndex } from "@polyflow/lifecycle";

/** More names than these do not help; the rest is counted. */
const MOST_NAMES = 5;

/** A trigger rule counts the tasks before a task; where it holds the task back, people want to know which they are. */
export function nameUpstream(gates: readonly GateResult[], upstream: readonly string[], index: InstanceIndex): readonly GateResult[] {
  return gates.map((gate) => {
    if (gate.gate !== "trigger_rule" || gate.passed) return gate;
    const open = upstream.flatMap((taskId) => {
      const states = (index.countsOf(taskId) ?? []).map(({ state }) => state).filter((state) => !isFinishedTaskState(state));
      return states.length === 0 ? [] : [`${taskId} (${states.join(", ")})`];
    });
    if (open.length === 0) return gate;
    const more = open.length > MOST_NAMES ? ` and ${open.length - MOST_NAMES} more` : "";
    return { ...gate, reason: `${gate.reason} Not finished: ${open.slice(0, MOST_NAMES).join(", ")}${more}.` };
  });
}
