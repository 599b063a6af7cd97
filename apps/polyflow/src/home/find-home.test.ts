import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CHECKOUT, findHome, findHomeToStart, rememberActiveHome } from "./find-home.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "polyflow-cwd-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

test("E4: --home wins over POLYFLOW_HOME, that over the home last started from here, that over pf-home in the checkout", async () => {
  mkdirSync(join(cwd, "started"));
  mkdirSync(join(cwd, "below"));
  const request = { flag: undefined, environment: {}, cwd: join(cwd, "below") };
  expect(findHome(request)).toBe(join(CHECKOUT, "pf-home"));
  await rememberActiveHome(cwd, join(cwd, "started"));
  expect(findHome(request)).toBe(join(cwd, "started"));
  expect(findHome({ ...request, environment: { POLYFLOW_HOME: "../set" } })).toBe(join(cwd, "set"));
  expect(findHome({ ...request, environment: { POLYFLOW_HOME: "../set" }, flag: "/flag" })).toBe("/flag");
});

test("E4: a new start does not go to the home of the last one by surprise", async () => {
  mkdirSync(join(cwd, "started"));
  await rememberActiveHome(cwd, join(cwd, "started"));
  expect(findHomeToStart({ flag: undefined, environment: {}, cwd })).toBe(join(CHECKOUT, "pf-home"));
});

test("E4: a second Polyflow started from the same folder does not take the commands away from the first that still runs", async () => {
  mkdirSync(join(cwd, "first"));
  await rememberActiveHome(cwd, join(cwd, "first"));
  await rememberActiveHome(cwd, join(cwd, "second"));
  expect(findHome({ flag: undefined, environment: {}, cwd })).toBe(join(cwd, "first"));
});

test("E4: a note of a home that is gone, or of another form, is passed over", () => {
  mkdirSync(join(cwd, ".polyflow"));
  for (const note of ["{}", '{"home": "/nowhere/at/all"}']) {
    writeFileSync(join(cwd, ".polyflow", "active.json"), note);
    expect(findHome({ flag: undefined, environment: {}, cwd })).toBe(join(CHECKOUT, "pf-home"));
  }
});
