import type { JsonObject } from "@polyflow/contracts";
import type { Extract } from "../extract.ts";

/** An extract from its parts; what is left out does nothing. */
export function extractOf(parts: Pick<Extract, "format" | "content"> & Partial<Extract>): Extract {
  return {
    state: (): JsonObject | undefined => undefined,
    messageIds: () => [],
    committed: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...parts,
  };
}
