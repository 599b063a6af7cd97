import type { MantineColorsTuple } from "@mantine/core";
import type { InterfaceColor, InterfaceColors } from "@polyflow/contracts";
import { contrast, mix, READABLE, readableOn } from "./contrast.ts";

const GROUNDS = { light: "#ffffff", dark: "#161b21" } as const;
/** How much of a state's colour its ground has; as in states.css. */
const TINT = 0.13;

/** Ten shades of an accent; the seventh carries white text. */
export function accentShades(accent: string): MantineColorsTuple {
  const base = readableOn(accent, "#ffffff");
  const light = [0.92, 0.84, 0.68, 0.5, 0.32, 0.16].map((share) => mix(base, "#ffffff", share));
  const dark = [0.14, 0.28, 0.42].map((share) => mix(base, "#000000", share));
  return [...light, base, ...dark] as unknown as MantineColorsTuple;
}

/** The CSS variables that own colours change, for each scheme; texts stay readable whatever was chosen. */
export function ownVariables(colors: InterfaceColors): { readonly light: Record<string, string>; readonly dark: Record<string, string> } {
  const variables = { light: {} as Record<string, string>, dark: {} as Record<string, string> };
  for (const scheme of ["light", "dark"] as const) {
    const ground = GROUNDS[scheme];
    const own = variables[scheme];
    for (const [name, color] of Object.entries(colors)) {
      const soft = mix(ground, color, TINT);
      const text = readableOn(color, soft);
      if (name === "accent") {
        own["--pf-accent-soft"] = soft;
        own["--pf-accent-text"] = text;
        own["--mantine-color-anchor"] = readableOn(color, ground);
        own["--mantine-color-iris-light"] = soft;
        own["--mantine-color-iris-light-hover"] = mix(ground, color, TINT + 0.06);
        own["--mantine-color-iris-light-color"] = readableOn(color, mix(ground, color, TINT + 0.06));
      } else {
        own[`--pf-${name}`] = color;
        own[`--pf-${name}-fg`] = text;
      }
    }
  }
  return variables;
}

/** Whether texts get another shade than the chosen one, because it could not be read. */
export function isAdjusted(name: InterfaceColor, color: string): boolean {
  return name === "accent" && contrast(color, "#ffffff") < READABLE;
}
