import type { UiConnectionType, UiConnectionTypes } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import type { ConnectionBody } from "./admin.ts";
import { get, send } from "./http.ts";

/** What the installed providers say of their connections; the same until Polyflow starts anew. */
export const connectionTypesQuery = queryOptions({
  queryKey: ["connectionTypes"],
  queryFn: async ({ signal }): Promise<readonly UiConnectionType[]> => (await get<UiConnectionTypes>("/ui/connection-types", signal)).types,
  staleTime: Number.POSITIVE_INFINITY,
});

export interface ConnectionTrial {
  /** Whether it works. */
  readonly status: boolean;
  readonly message: string;
}

/** Signs in to what the connection leads to; masked secrets stand for those that are stored. */
export function tryConnection(body: ConnectionBody): Promise<ConnectionTrial> {
  return send("POST", "/api/v2/connections/test", body);
}
