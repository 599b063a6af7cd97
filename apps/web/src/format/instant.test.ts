import { expect, it } from "vitest";
import { formatClock, formatRelative, formatShortInstant, zoneOf } from "./instant.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

it.each([
  ["2026-03-01T11:55:00Z", "en", "5 min. ago"],
  ["2026-03-01T14:00:00Z", "en", "in 2 hr."],
  ["2026-02-28T11:00:00Z", "ru", "вчера"],
  ["2026-03-01T12:00:00.400Z", "en", "now"],
])("%s is said as a distance", (iso, language, text) => {
  expect(formatRelative(iso, NOW, language)).toBe(text);
});

it("shows the time of the chosen zone", () => {
  expect(formatClock("2026-03-01T12:00:00.123Z", "ru", "Europe/Moscow")).toBe("15:00:00,123");
  expect(zoneOf("utc", "Europe/Moscow")).toBe("UTC");
  expect(zoneOf("server", "Europe/Moscow")).toBe("Europe/Moscow");
  expect(zoneOf("local", "Europe/Moscow")).toBeUndefined();
});

it("names the year only when it is another one, in the shown zone", () => {
  const zone = { language: "en", timeZone: "Europe/Moscow" };
  expect(formatShortInstant("2026-02-01T10:00:00Z", NOW, zone)).not.toMatch(/2026/);
  expect(formatShortInstant("2024-02-01T10:00:00Z", NOW, zone)).toMatch(/2024/);
  // 23:30 UTC on 31 December is next year in Moscow, where "now" is.
  expect(formatShortInstant("2025-12-31T23:30:00Z", Date.parse("2026-01-02T00:00:00Z"), zone)).not.toMatch(/202/);
});
