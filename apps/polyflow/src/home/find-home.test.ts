import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  expect(findHome({ ...request, cwd: "/" })).toBe(join(CHECKOUT, "pf-home"));
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
    expect(findHome({ flag: undefined, environment: {}, cwd })).not.toBe("/nowhere/at/all");
  }
});

test("E4: a Polyflow that runs from a folder above does not take the commands away from one started here", async () => {
  const below = join(cwd, "below");
  for (const dir of [below, join(cwd, "above"), join(below, "own")]) mkdirSync(dir);
  await rememberActiveHome(cwd, join(cwd, "above"));
  await rememberActiveHome(below, join(below, "own"));
  expect(findHome({ flag: undefined, environment: {}, cwd: below })).toBe(join(below, "own"));
});

test.runIf(process.getuid?.() === 0)("E4: a note of another user's in a shared folder is none of ours", async () => {
  mkdirSync(join(cwd, "theirs"));
  await rememberActiveHome(cwd, join(cwd, "theirs"));
  chownSync(join(cwd, ".polyflow", "active.json"), 65_534, 65_534);
  expect(findHome({ flag: undefined, environment: {}, cwd })).not.toBe(join(cwd, "theirs"));
});
