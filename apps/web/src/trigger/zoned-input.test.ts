import { describe, expect, it } from "vitest";
import { fieldOfInstant, instantOfField } from "./zoned-input.ts";

describe("C7: times are entered in the zone in which they are shown", () => {
  it.each([
    ["2026-03-01T12:30", "UTC", "2026-03-01T12:30:00.000Z"],
    ["2026-03-01T12:30", "Europe/Moscow", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01T12:30", "Asia/Kathmandu", "2026-03-01T06:45:00.000Z"],
    // Comes twice, and never comes.
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
  ])("%s in %s is %s", (text, zone, instant) => {
    expect(instantOfField(text, zone)).toBe(instant);
  });
  it("comes back as it was entered", () => {
    for (const zone of ["UTC", "America/St_Johns", "Pacific/Apia"])
      expect(fieldOfInstant(instantOfField("2026-07-01T23:59", zone) ?? "", zone)).toBe("2026-07-01T23:59");
    expect(instantOfField("soon", "UTC")).toBeUndefined();
    expect(fieldOfInstant("soon", "UTC")).toBe("");
  });
});
