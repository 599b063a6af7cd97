import { INTERFACE_COLORS, readInterfaceColors } from "@polyflow/contracts";

/** One option of the configuration. */
export interface Option<Value> {
  readonly description: string;
  readonly default: Value;
  /** How a default that depends on the machine or home is described; otherwise the default itself is. */
  readonly defaultText?: string;
  /** What a value has to be, for messages and the reference: "a whole number from 1 on". */
  readonly expected: string;
  /** Never shown in clear. Also readable from a command's output by `KEY_CMD`. */
  readonly secret: boolean;
  /** Other names, `section.key`. */
  readonly aliases: readonly string[];
  /** @returns undefined when the text is not what is expected. */
  parse(text: string): Value | undefined;
}

interface Common<Value> {
  readonly description: string;
  readonly default: Value;
  readonly defaultText?: string;
  readonly aliases?: readonly string[];
}

export function text(options: Common<string> & { readonly secret?: boolean }): Option<string> {
  return { ...base(options), expected: "text", secret: options.secret ?? false, parse: (value) => value };
}

export function oneOf<const Choice extends string>(choices: readonly Choice[], options: Common<Choice>): Option<Choice> {
  return {
    ...base(options),
    expected: `one of ${choices.join(", ")}`,
    secret: false,
    parse: (value) => choices.find((choice) => choice === value.toLowerCase()),
  };
}

export function integer(options: Common<number> & { readonly min: number; readonly max?: number }): Option<number> {
  const { min, max } = options;
  return {
    ...base(options),
    expected: max === undefined ? `a whole number from ${min} on` : `a whole number from ${min} to ${max}`,
    secret: false,
    parse: (value) => inRange(/^-?\d+$/.test(value) ? Number(value) : Number.NaN, min, max),
  };
}

/** A duration; its key says that it counts seconds. Fractions are allowed. */
export function seconds(options: Common<number> & { readonly min: number; readonly max?: number }): Option<number> {
  const { min, max } = options;
  return {
    ...base(options),
    expected: max === undefined ? `seconds, at least ${min}` : `seconds, from ${min} to ${max}`,
    secret: false,
    parse: (value) => inRange(value === "" ? Number.NaN : Number(value), min, max),
  };
}

const TRUE = ["true", "t", "yes", "y", "on", "1"];
const FALSE = ["false", "f", "no", "n", "off", "0"];

export function boolean(options: Common<boolean>): Option<boolean> {
  return {
    ...base(options),
    expected: "True or False",
    secret: false,
    parse: (value) => (TRUE.includes(value.toLowerCase()) ? true : FALSE.includes(value.toLowerCase()) ? false : undefined),
  };
}

/** Several texts, separated by commas or line ends. */
export function list(options: Common<readonly string[]>): Option<readonly string[]> {
  return {
    ...base(options),
    expected: "texts separated by commas",
    secret: false,
    parse: (value) =>
      value
        .split(/[,\n]/)
        .map((part) => part.trim())
        .filter((part) => part !== ""),
  };
}

/** Colours of the interface, as `accent=#1f6f54`. */
export function colors(options: Common<readonly string[]>): Option<readonly string[]> {
  const given = list(options);
  return {
    ...given,
    expected: `\`name=#rrggbb\` separated by commas, of ${INTERFACE_COLORS.join(", ")}`,
    parse(value) {
      const parts = given.parse(value);
      return parts?.every((part) => Object.keys(readInterfaceColors(Object.fromEntries([part.split("=")]))).length === 1)
        ? parts
        : undefined;
    },
  };
}

export function timezone(options: Common<string>): Option<string> {
  return {
    ...base(options),
    expected: "an IANA time zone, for example Europe/Moscow",
    secret: false,
    parse: (value) => (isTimeZone(value) ? value : undefined),
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function inRange(value: number, min: number, max: number | undefined): number | undefined {
  return Number.isFinite(value) && value >= min && (max === undefined || value <= max) ? value : undefined;
}

function base<Value>(options: Common<Value>): Pick<Option<Value>, "description" | "default" | "aliases" | "defaultText"> {
  const { description, defaultText, aliases = [] } = options;
  return { description, default: options.default, aliases, ...(defaultText === undefined ? {} : { defaultText }) };
}
