import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, url } from "./http.ts";

const RETRIES = 2;

/** A session may end while a page is open; then only signing in helps, and the page that was open comes back afterwards. */
function leaveWhenSignedOut(error: unknown): void {
  if (!(error instanceof ApiError) || error.code !== "not_authenticated" || window.location.pathname === "/sign-in") return;
  const next = window.location.pathname + window.location.search;
  window.location.assign(url("/sign-in", { next }));
}

/** Live events say when something changed, so nothing is fetched again merely because time passed or the window got focus. */
export const queryClient = new QueryClient({
  // Who is signed in is asked before the first page; the router leads on from there.
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== "session") leaveWhenSignedOut(error);
    },
  }),
  mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      // Asking again helps only where the server or the way to it failed.
      retry: (failures, error) => failures < RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => 300 * 2 ** attempt,
    },
  },
});
