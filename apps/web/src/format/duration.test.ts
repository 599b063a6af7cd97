import { describe, expect, it } from "vitest";
import { elapsedMs, formatDuration } from "./duration.ts";

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

describe("durations", () => {
  it.each([
    [0, "0s", "0 с"],
    [420, "420ms", "420 мс"],
    [999.6, "999ms", "999 мс"],
    [4_260, "4.2s", "4,2 с"],
    [59_999, "59s", "59 с"],
    [60_000, "1m", "1 мин"],
    [185_000, "3m 5s", "3 мин 5 с"],
    [7_200_000, "2h", "2 ч"],
    [90_061_000, "1d 1h", "1 д 1 ч"],
    [-5_000, "0s", "0 с"],
  ])("%d ms", (ms, english, russian) => {
    expect(plain(formatDuration(ms, "en"))).toBe(english);
    expect(plain(formatDuration(ms, "ru")).replaceAll(".", "")).toBe(russian);
  });

  it("counts to now while something runs, and nothing before it starts", () => {
    expect(elapsedMs("2026-01-01T00:00:00Z", null, Date.parse("2026-01-01T00:01:00Z"))).toBe(60_000);
    expect(elapsedMs("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", 0)).toBe(2_000);
    expect(elapsedMs(null, null, 0)).toBeNull();
  });
});
