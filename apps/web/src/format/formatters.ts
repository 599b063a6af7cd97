/**
 * Formatters of Intl are slow to make and meant to be kept; lists show hundreds of values a second.
 * @param make makes the formatter of a key
 */
function kept<Formatter>(make: (language: string, variant: string) => Formatter): (language: string, variant?: string) => Formatter {
  const known = new Map<string, Formatter>();
  return (language, variant = "") => {
    const key = `${language} ${variant}`;
    const found = known.get(key) ?? make(language, variant);
    known.set(key, found);
    return found;
  };
}

export const relativeFormat = kept((language) => new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" }));
export const durationFormat = kept((language) => new Intl.DurationFormat(language, { style: "narrow" }));
export const secondsFormat = kept((language) => new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "narrow" }));
export const numberFormat = kept((language) => new Intl.NumberFormat(language, { maximumFractionDigits: 2 }));

/** `variant`: the time zone's IANA name, empty for the browser's own. */
const zone = (variant: string) => (variant === "" ? undefined : variant);
export const instantFormat = kept(
  (language, variant) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: zone(variant) }),
);
export const clockFormat = kept(
  (language, variant) =>
    new Intl.DateTimeFormat(language, {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
      timeZone: zone(variant),
    }),
);
export const yearFormat = kept((language, variant) => new Intl.DateTimeFormat(language, { year: "numeric", timeZone: zone(variant) }));

const SHORT = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
export const shortFormat = kept((language, variant) => new Intl.DateTimeFormat(language, { ...SHORT, timeZone: zone(variant) }));
export const shortFormatWithYear = kept(
  (language, variant) => new Intl.DateTimeFormat(language, { ...SHORT, year: "numeric", timeZone: zone(variant) }),
);
