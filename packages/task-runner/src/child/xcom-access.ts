import { type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { XComAccess } from "@polyflow/sdk";
import { toJson } from "@polyflow/sdk/runtime";
import type { AttemptOrder, PulledXCom } from "../protocol/messages.ts";
import type { ParentChannel } from "./parent-channel.ts";

const LONGEST_KEY = 512;

/** `ctx.xcom`: outputs that go through the supervisor. */
export function createXComAccess(channel: ParentChannel, order: Pick<AttemptOrder, "attemptId" | "outputLimitBytes">): XComAccess {
  return {
    async push(key, given) {
      if (key === "" || key.length > LONGEST_KEY) throw new PolyflowError("request_invalid", `A key has 1 to ${LONGEST_KEY} characters.`);
      const value = toJson(given, `xcom "${key}"`);
      const bytes = Buffer.byteLength(JSON.stringify(value));
      if (bytes > order.outputLimitBytes) {
        throw new PolyflowError(
          "request_invalid",
          `The value of "${key}" is ${bytes} bytes of JSON; at most ${order.outputLimitBytes} are kept. ` +
            "Write large data to a table or a file and keep its name.",
        );
      }
      await channel.request(order.attemptId, { method: "push_xcom", key, value });
    },
    async pull<Value extends JsonValue>(taskId: string, options: Parameters<XComAccess["pull"]>[1] = {}): Promise<Value | undefined> {
      const { key, mapIndex, runId, dagId, includePriorDates } = options;
      const answer = await channel.request(order.attemptId, {
        method: "pull_xcom",
        pull: {
          task_id: taskId,
          ...(key === undefined ? {} : { key }),
          ...(mapIndex === undefined ? {} : { map_index: String(mapIndex) }),
          ...(runId === undefined ? {} : { run_id: runId }),
          ...(dagId === undefined ? {} : { dag_id: dagId }),
          ...(includePriorDates === true ? { include_prior_dates: "true" } : {}),
        },
      });
      if (!isPulled(answer)) throw new PolyflowError("internal", `The supervisor answered no output of task "${taskId}".`);
      // JSON out of a parser; what the author says of its shape is the author's own word.
      return answer.found ? (answer.value as Value) : undefined;
    },
  };
}

function isPulled(answer: unknown): answer is PulledXCom {
  return typeof answer === "object" && answer !== null && "found" in answer;
}
