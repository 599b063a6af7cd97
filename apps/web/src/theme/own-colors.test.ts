import { INTERFACE_COLORS, readInterfaceColors } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { contrast, mix, READABLE, readableOn } from "./contrast.ts";
import { accentShades, ownVariables } from "./own-colors.ts";

const COLORS = ["#ffffff", "#ffff00", "#00ff00", "#ff0000", "#0000ff", "#123456", "#808080", "#000000"];

describe("C8: colours of one's own", () => {
  it("knows the contrast that WCAG defines", () => {
    expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 1);
    expect(mix("#ffffff", "#000000", 0.5)).toBe("#808080");
  });

  it.each(COLORS)("keeps texts readable in both schemes, whatever is chosen: %s", (color) => {
    expect(contrast(accentShades(color)[6], "#ffffff")).toBeGreaterThanOrEqual(READABLE);
    const { light, dark } = ownVariables(Object.fromEntries(INTERFACE_COLORS.map((name) => [name, color])));
    for (const [ground, own] of [
      ["#ffffff", light],
      ["#161b21", dark],
    ] as const) {
      expect(contrast(own["--mantine-color-anchor"] ?? "", ground)).toBeGreaterThanOrEqual(READABLE);
      expect(contrast(own["--pf-accent-text"] ?? "", own["--pf-accent-soft"] ?? "")).toBeGreaterThanOrEqual(READABLE);
      expect(contrast(own["--pf-failed-fg"] ?? "", mix(ground, color, 0.13))).toBeGreaterThanOrEqual(READABLE);
    }
    expect(readableOn(color, "#ffffff")).toMatch(/^#[\da-f]{6}$/);
  });

  it("believes nothing that is kept but colours", () => {
    expect(readInterfaceColors({ accent: "#AA0000", failed: "red; }", nonsense: "#aa0000", queued: 5 })).toEqual({ accent: "#AA0000" });
    expect(readInterfaceColors("x")).toEqual({});
  });
});
