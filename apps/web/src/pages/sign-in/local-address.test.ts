import { expect, it } from "vitest";
import { localAddress } from "./local-address.ts";

it.each([
  "//evil.example",
  "/\\evil.example",
  "https://evil.example/",
  "javascript:alert(1)",
  "/\t/evil.example",
  "/\n/evil.example",
  "evil",
  "",
])("D6: sign-in never leads to another site: %j", (next) => {
  expect(localAddress(next)).toBe("/");
});

it("leads back to the page that was wanted", () => {
  expect(localAddress("/dags/a?tab=grid")).toBe("/dags/a?tab=grid");
  expect(localAddress(undefined)).toBe("/");
});
