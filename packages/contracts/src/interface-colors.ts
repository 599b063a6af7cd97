/** What the colours of the interface can be changed of: the accent, and the states that are looked at most. */
export const INTERFACE_COLORS = ["accent", "success", "running", "failed", "queued", "up-for-retry", "skipped"] as const;
export type InterfaceColor = (typeof INTERFACE_COLORS)[number];

/** Chosen colours as `#rrggbb`; what is left out is as it comes. */
export type InterfaceColors = { readonly [Name in InterfaceColor]?: string };

const COLOR = /^#[\da-f]{6}$/i;

/**
 * Takes the colours out of what was stored or given; what is no colour of the interface is left out.
 * @example readInterfaceColors({ accent: "#1f6f54", sky: "blue" }); // { accent: "#1f6f54" }
 */
export function readInterfaceColors(value: unknown): InterfaceColors {
  if (typeof value !== "object" || value === null) return {};
  const known = Object.entries(value).filter(
    ([name, color]) => INTERFACE_COLORS.some((one) => one === name) && typeof color === "string" && COLOR.test(color),
  );
  return Object.fromEntries(known);
}
