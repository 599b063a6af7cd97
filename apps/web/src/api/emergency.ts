import type { UiEmergency } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { ApiError, get } from "./http.ts";

export type Failure = UiEmergency["failures"][number];

/** A part that has failed sends no event about it, so that this is asked by the clock. */
const ASK_EVERY_MS = 15_000;

export const emergencyQuery = queryOptions({
  queryKey: ["emergency"],
  queryFn: async ({ signal }): Promise<UiEmergency> => {
    try {
      return await get<UiEmergency>("/ui/emergency", signal);
    } catch (error) {
      // Without its database the server cannot even say who is asking.
      if (error instanceof ApiError && error.code === "database_unavailable")
        return { failures: [{ component: "metadatabase", since: null }] };
      throw error;
    }
  },
  refetchInterval: ASK_EVERY_MS,
});
