import { isPolyflowError } from "@polyflow/contracts";
import { lookAtLayout } from "@polyflow/loader";
import type { LayoutAnswer, LayoutTask } from "./layout-messages.ts";

/** The child that reads files for the layout designer, one after the other. It may read the files that are named to it and do nothing else. */
process.on("message", (task: LayoutTask) => {
  void answer(task).then((message) => process.send?.(message));
});
process.on("disconnect", () => process.exit(0));

async function answer({ id, question }: LayoutTask): Promise<LayoutAnswer> {
  try {
    return { id, kind: "looked", look: await lookAtLayout(question) };
  } catch (error) {
    if (isPolyflowError(error)) return { id, kind: "refused", code: error.code, message: error.message };
    return { id, kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
