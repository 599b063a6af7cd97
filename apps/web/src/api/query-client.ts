import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./http.ts";

const RETRIES = 2;

/** Live events say when something changed, so nothing is fetched again merely because time passed or the window got focus. */
export const queryClient = new QueryClient({
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
