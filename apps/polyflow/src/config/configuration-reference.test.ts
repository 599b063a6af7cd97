import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configurationReference } from "./configuration-reference.ts";

test("E4: docs/configuration.md is what the registry makes of it", () => {
  const written = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
  expect(written, "run: node tools/bootstrap/run.mjs tools/write-configuration-reference.ts").toBe(configurationReference());
});
