import { useSuspenseQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/session.ts";
import { FormatProvider } from "../format/format-provider.tsx";
import { LiveProvider } from "../live/live-provider.tsx";
import { useColorsOfAccount } from "../theme/use-own-colors.ts";
import { Shell } from "./shell.tsx";

/** What every page after sign-in has around it. */
export function SignedIn() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  useColorsOfAccount(session);
  return (
    <FormatProvider serverZone={session.timezone}>
      <LiveProvider>
        <Shell />
      </LiveProvider>
    </FormatProvider>
  );
}
