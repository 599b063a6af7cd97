/** A colour as red, green, blue from 0 to 255. */
type Rgb = readonly [number, number, number];

const WHITE = "#ffffff";
const BLACK = "#000000";
/** What WCAG 2.2 AA asks of text. */
export const READABLE = 4.5;
const STEP = 0.04;

/** Mixes two colours. @param share of the second, from 0 to 1 @example mix("#ffffff", "#000000", 0.5) // "#808080" */
export function mix(first: string, second: string, share: number): string {
  const [from, to] = [rgbOf(first), rgbOf(second)];
  return `#${from.map((part, index) => hex(part + ((to[index] ?? 0) - part) * share)).join("")}`;
}

/** Ratio of the lightness of two colours, from 1 to 21, as WCAG defines it. */
export function contrast(first: string, second: string): number {
  const [light, dark] = [luminance(first), luminance(second)].toSorted((left, right) => right - left) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The colour nearest to the wanted one that can be read on the ground; darker on light grounds, lighter on dark ones. */
export function readableOn(wanted: string, ground: string): string {
  const towards = luminance(ground) > 0.2 ? BLACK : WHITE;
  for (let share = 0; share < 1; share += STEP) {
    const color = mix(wanted, towards, share);
    if (contrast(color, ground) >= READABLE) return color;
  }
  return towards;
}

/** Whether a text is a colour as `#rrggbb`. */
export function isColor(text: unknown): text is string {
  return typeof text === "string" && /^#[\da-f]{6}$/i.test(text);
}

function rgbOf(color: string): Rgb {
  const part = (start: number) => Number.parseInt(color.slice(start, start + 2), 16);
  return [part(1), part(3), part(5)];
}

function hex(part: number): string {
  return Math.round(part).toString(16).padStart(2, "0");
}

function luminance(color: string): number {
  const [red, green, blue] = rgbOf(color).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
