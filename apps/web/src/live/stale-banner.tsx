import { Transition } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { useLiveStatus } from "./live-provider.tsx";
import classes from "./stale-banner.module.css";

/** A stream that breaks and is back within this time worries nobody. */
const PATIENCE_MS = 1_500;

/** Says discreetly that changes no longer arrive, and since when. */
export function StaleBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { lostAt } = useLiveStatus();
  const [shownSince, setShownSince] = useState<number | null>(null);
  useEffect(() => {
    if (lostAt === null) {
      setShownSince(null);
      return;
    }
    const timer = window.setTimeout(() => setShownSince(lostAt), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, [lostAt]);
  return (
    <div role="status" className={classes["holder"]} data-noprint="">
      <Transition mounted={shownSince !== null} transition="slide-up" duration={150}>
        {(style) => (
          <div className={classes["banner"]} style={style}>
            <IconPlugConnectedX size={16} aria-hidden />
            {t("Connection lost. Shown as of {{time}}; reconnecting…", {
              time: shownSince === null ? "" : format.instant(new Date(shownSince).toISOString()),
            })}
          </div>
        )}
      </Transition>
    </div>
  );
}
