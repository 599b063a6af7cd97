import type { InterfaceColors } from "@polyflow/contracts";
import type { UiSession } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, rememberCsrfToken, send } from "./http.ts";
import { queryClient } from "./query-client.ts";

export type { UiSession };

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => keep(await get<UiSession>("/ui/session", signal)),
  staleTime: Number.POSITIVE_INFINITY,
});

function keep(session: UiSession): UiSession {
  rememberCsrfToken(session.csrfToken);
  return session;
}

/** Signs in; the cookie is set by the server. Throws ApiError `credentials_wrong` or `too_many_requests`. */
export async function signIn(username: string, password: string): Promise<void> {
  const session = await send<UiSession>("POST", "/ui/session", { username, password });
  queryClient.setQueryData(sessionQuery.queryKey, keep(session));
}

export async function signOut(): Promise<void> {
  await send<void>("DELETE", "/ui/session");
  queryClient.clear();
}

/** Keeps the colours with the account, so that every browser of the user has them. */
export async function saveColors(colors: InterfaceColors): Promise<void> {
  await send<void>("PUT", "/ui/colors", colors);
  queryClient.setQueryData(sessionQuery.queryKey, (session) => session && { ...session, colors: { ...session.colors, own: colors } });
}
