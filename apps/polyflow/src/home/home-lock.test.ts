import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HomeFolder, homeFolder, prepareHome } from "./home-folder.ts";
import { lockHolder, lockHome } from "./home-lock.ts";
import { thisProcess } from "./running-process.ts";

let home: HomeFolder;
beforeEach(async () => {
  home = homeFolder(mkdtempSync(join(tmpdir(), "polyflow-lock-")));
  await prepareHome(home);
});
afterEach(() => rmSync(home.dir, { recursive: true, force: true }));

test("A1: a second process on the same home is refused with the number of the first", async () => {
  const lock = await lockHome(home, "polyflow standalone");
  await expect(lockHome(home, "polyflow standalone")).rejects.toMatchObject({
    code: "home_in_use",
    message: expect.stringContaining(`process ${process.pid} (polyflow standalone)`),
  });
  await lock.release();
  expect(await lockHolder(home)).toBeUndefined();
  await (await lockHome(home, "polyflow standalone")).release();
});

test("A1: the lock of a killed process is taken over", async () => {
  const child = spawn("sleep", ["60"]);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  writeFileSync(home.lockFile, JSON.stringify({ process: { ...thisProcess(), pid: child.pid }, command: "polyflow standalone" }));
  expect(await lockHolder(home)).toBeUndefined();
  await (await lockHome(home, "polyflow standalone")).release();
});

test("A1: a process number that was given to another process meanwhile does not hold the lock", async () => {
  writeFileSync(home.lockFile, JSON.stringify({ process: { ...thisProcess(), startTicks: "1" }, command: "polyflow standalone" }));
  await (await lockHome(home, "polyflow standalone")).release();
});

test("A1: of many that start at once one gets the lock, beside a dead one too", async () => {
  writeFileSync(home.lockFile, JSON.stringify({ process: { ...thisProcess(), startTicks: "1" }, command: "polyflow standalone" }));
  const tries = await Promise.allSettled(Array.from({ length: 3 }, () => lockHome(home, "polyflow standalone")));
  expect(tries.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
});
