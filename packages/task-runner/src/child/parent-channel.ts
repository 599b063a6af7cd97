import { PolyflowError } from "@polyflow/contracts";
import type { ErrorCode } from "@polyflow/contracts";
import type { TaskAnswer, TaskRequest, ToChild, ToParent } from "../protocol/messages.ts";

/** The only way out of a task process: its IPC channel to the supervisor. */
export interface ParentChannel {
  send(message: ToParent): void;
  /** @throws PolyflowError with the code that the supervisor answered */
  request(attemptId: string, request: TaskRequest): Promise<Exclude<TaskAnswer, { ok: false }>["value"]>;
  onMessage(handle: (message: ToChild) => void): void;
}

/** Takes the channel from `process`, so that authors' code does not find it by accident. */
export function openParentChannel(): ParentChannel {
  const send = process.send?.bind(process);
  if (send === undefined) {
    throw new PolyflowError(
      "internal",
      "A task process is started by the supervisor only; it has no IPC channel here. Run `polyflow worker`.",
    );
  }
  const pending = new Map<number, (answer: TaskAnswer) => void>();
  let lastId = 0;
  let handle: (message: ToChild) => void = () => undefined;
  process.on("message", (message: ToChild) => {
    if (message.kind !== "answer") return handle(message);
    pending.get(message.id)?.(message.answer);
    pending.delete(message.id);
  });
  return {
    send: (message) => void send(message),
    onMessage: (next) => {
      handle = next;
    },
    async request(attemptId, request) {
      lastId += 1;
      const id = lastId;
      const answer = await new Promise<TaskAnswer>((resolve) => {
        pending.set(id, resolve);
        send({ kind: "request", id, attemptId, request } satisfies ToParent);
      });
      if (!answer.ok) throw new PolyflowError(answer.code as ErrorCode, answer.message);
      return answer.value;
    },
  };
}
