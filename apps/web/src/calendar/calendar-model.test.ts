import { expect, it } from "vitest";
import { monthsOfYear } from "./calendar-model.ts";

it("C2: has every day of the year once, under its weekday", () => {
  const days = monthsOfYear(2028).flatMap((month) => month.days);
  expect(days).toHaveLength(366);
  expect(days.find((one) => one.day === "2028-02-29")?.column).toBe(2);
  expect(days[0]).toMatchObject({ day: "2028-01-01", column: 6 });
});
