import { PolyflowError } from "@polyflow/contracts";

const DAY_MS = 86_400_000;

/** A change of a zone's offset: daylight saving, or a new law. Instants and offsets in milliseconds; local = UTC + offset. */
export interface ZoneTransition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

interface ZoneYear {
  readonly startOffset: number;
  readonly transitions: readonly ZoneTransition[];
}

const knownZones = new Map<string, TimeZone>();

/**
 * An IANA time zone. Reads the runtime's own zone data through `Intl` (about 0.4 ms for each year that is first asked for),
 * then answers from memory, because `Intl` alone would cost a microsecond for every look.
 */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, ZoneYear>();

  private constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  /**
   * @throws PolyflowError `dag_invalid` when the runtime does not know the zone.
   * @example TimeZone.of("Europe/Moscow").offsetAt(0); // 10_800_000
   */
  static of(name: string): TimeZone {
    const known = knownZones.get(name);
    if (known !== undefined) return known;
    const zone = new TimeZone(name, createFormat(name));
    knownZones.set(name, zone);
    return zone;
  }

  /** Local time minus UTC at an instant. */
  offsetAt(instant: number): number {
    const { startOffset, transitions } = this.#year(new Date(instant).getUTCFullYear());
    let offset = startOffset;
    for (const transition of transitions) {
      if (transition.at > instant) break;
      offset = transition.after;
    }
    return offset;
  }

  /** Transitions with `from` < at ≤ `to`, in order. */
  transitionsBetween(from: number, to: number): readonly ZoneTransition[] {
    const lastYear = new Date(to).getUTCFullYear();
    let found: ZoneTransition[] | undefined;
    for (let year = new Date(from).getUTCFullYear(); year <= lastYear; year++) {
      for (const transition of this.#year(year).transitions) {
        if (transition.at > from && transition.at <= to) (found ??= []).push(transition);
      }
    }
    return found ?? NO_TRANSITIONS;
  }

  #year(year: number): ZoneYear {
    const known = this.#years.get(year);
    if (known !== undefined) return known;
    const start = Date.UTC(year, 0, 1);
    const end = Date.UTC(year + 1, 0, 1);
    const startOffset = this.#readOffset(start);
    const transitions: ZoneTransition[] = [];
    let offset = startOffset;
    // No zone ever changed twice within a day and a half; a step of a day misses nothing.
    for (let at = start; at < end; at += DAY_MS) {
      const next = Math.min(at + DAY_MS, end);
      const offsetThere = this.#readOffset(next);
      if (offsetThere === offset) continue;
      const transition = { at: this.#bisect(at, next, offset), before: offset, after: offsetThere };
      // A change at the very start of the next year belongs to that year's start offset and its own table.
      if (transition.at < end) transitions.push(transition);
      offset = offsetThere;
    }
    const atStart = this.#readOffset(start - 1);
    if (atStart !== startOffset) transitions.unshift({ at: start, before: atStart, after: startOffset });
    const result = { startOffset, transitions };
    this.#years.set(year, result);
    return result;
  }

  /** The first instant in (from, to] whose offset is not `before`. */
  #bisect(from: number, to: number, before: number): number {
    let low = from;
    let high = to;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#readOffset(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #readOffset(instant: number): number {
    // "1/1/2024, GMT-05:00"; "GMT" alone is UTC; times before standard time carry seconds.
    const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(this.#format.format(instant));
    if (match?.[2] === undefined) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return (match[1] === "-" ? -seconds : seconds) * 1000;
  }
}

const NO_TRANSITIONS: readonly ZoneTransition[] = [];

function createFormat(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch (cause) {
    throw new PolyflowError("dag_invalid", `Time zone "${name}" is not known. Give an IANA name, such as "Europe/Moscow" or "UTC".`, {
      cause,
      details: { timezone: name },
    });
  }
}
