import { useLocalStorage } from "@mantine/hooks";
import { createContext, type ReactNode, use, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration } from "./duration.ts";
import { formatClock, formatInstant, formatRelative, formatShortInstant, TIME_ZONE_MODES, type TimeZoneMode, zoneOf } from "./instant.ts";
import { formatBytes, formatNumber } from "./number.ts";

/** Everything that turns values into text of the user's language and time zone. */
export interface Format {
  readonly language: string;
  readonly zone: string | undefined;
  readonly instant: (iso: string) => string;
  readonly shortInstant: (iso: string) => string;
  readonly clock: (iso: string) => string;
  readonly relative: (iso: string, now: number) => string;
  readonly duration: (ms: number) => string;
  readonly number: (value: number) => string;
  readonly bytes: (value: number) => string;
}

const FormatContext = createContext<Format | null>(null);

/** The user's choice of time zone, kept in the browser. */
export function useTimeZoneMode(): readonly [TimeZoneMode, (mode: string) => void] {
  const [stored, store] = useLocalStorage<string>({ key: "polyflow.time-zone", defaultValue: "local", getInitialValueInEffect: false });
  return [TIME_ZONE_MODES.find((mode) => mode === stored) ?? "local", store];
}

export function FormatProvider({ serverZone, children }: { serverZone: string; children: ReactNode }) {
  const { i18n } = useTranslation();
  const [mode] = useTimeZoneMode();
  const language = i18n.language;
  const format = useMemo<Format>(() => {
    const zone = zoneOf(mode, serverZone);
    return {
      language,
      zone,
      instant: (iso) => formatInstant(iso, language, zone),
      shortInstant: (iso) => formatShortInstant(iso, Date.now(), { language, timeZone: zone }),
      clock: (iso) => formatClock(iso, language, zone),
      relative: (iso, now) => formatRelative(iso, now, language),
      duration: (ms) => formatDuration(ms, language),
      number: (value) => formatNumber(value, language),
      bytes: (value) => formatBytes(value, language),
    };
  }, [language, mode, serverZone]);
  return <FormatContext value={format}>{children}</FormatContext>;
}

export function useFormat(): Format {
  const format = use(FormatContext);
  if (!format) throw new Error("useFormat outside FormatProvider: wrap the page in it.");
  return format;
}
