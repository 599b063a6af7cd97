const DIRECTIVE = /%([-0 +#]*)(\d+)?(?:\.(\d+))?([sdifxXeg%])/g;

/**
 * Python's `%` formatting, as the filter `format` offers it: `"%05d" | format(7)`.
 * @example sprintf("%s-%03d", ["a", 7]); // "a-007"
 */
export function sprintf(text: string, values: readonly unknown[]): string {
  let index = 0;
  return text.replaceAll(DIRECTIVE, (...match: readonly (string | undefined)[]) => {
    const [, flags = "", width, precision, kind = "s"] = match;
    if (kind === "%") return "%";
    const body = write(values[index++], kind, precision === undefined ? undefined : Number(precision));
    const signed = flags.includes("+") && kind !== "s" && !body.startsWith("-") ? `+${body}` : body;
    return pad(signed, Number(width ?? 0), flags, kind);
  });
}

function write(value: unknown, kind: string, precision: number | undefined): string {
  switch (kind) {
    case "d":
    case "i":
      return String(Math.trunc(Number(value)));
    case "f":
      return Number(value).toFixed(precision ?? 6);
    case "e":
      return Number(value).toExponential(precision ?? 6);
    case "g":
      return String(Number(Number(value).toPrecision(precision ?? 6)));
    case "x":
      return Math.trunc(Number(value)).toString(16);
    case "X":
      return Math.trunc(Number(value)).toString(16).toUpperCase();
    default:
      return precision === undefined ? String(value) : String(value).slice(0, precision);
  }
}

function pad(body: string, width: number, flags: string, kind: string): string {
  if (flags.includes("-")) return body.padEnd(width);
  if (!flags.includes("0") || kind === "s") return body.padStart(width);
  const sign = /^[+-]/.exec(body)?.[0] ?? "";
  return sign + body.slice(sign.length).padStart(width - sign.length, "0");
}
