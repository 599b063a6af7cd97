import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LayoutLimits, LayoutProcesses } from "./layout-process.ts";

const CHECKOUT = resolve(import.meta.dirname, "../../../../..");
const LIMITS: LayoutLimits = { answerWithinMs: 60_000, memoryMb: 256, idleMs: 60_000, children: 1 };
const SLOW = { timeout: 120_000 };

let dir: string;
const running: LayoutProcesses[] = [];
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "polyflow-layout-")));
  for (const folder of ["data", "scratch", "outside"]) mkdirSync(join(dir, folder));
  writeFileSync(join(dir, "data/city.csv"), "Город;Людей\nТула;461 692\nОрёл;x\n");
  writeFileSync(join(dir, "outside/secret.csv"), "a,b\n1,2\n");
});
afterAll(() => {
  for (const processes of running) processes.stop();
  rmSync(dir, { recursive: true, force: true });
});

function started(limits: Partial<LayoutLimits> = {}): LayoutProcesses {
  const processes = new LayoutProcesses({
    clock: systemClock,
    logger: silentLogger,
    readableFolders: [...["node_modules", "packages", "providers", "apps"].map((folder) => join(CHECKOUT, folder)), join(dir, "data")],
    scratchFolder: join(dir, "scratch"),
    limits: { ...LIMITS, ...limits },
  });
  running.push(processes);
  return processes;
}

const question = (file: string) => ({ file: join(dir, file), path: file });
const never = new AbortController().signal;

describe("B10: files are read in children that can do nothing else", () => {
  test("proposes, then judges a draft; the child stays for the next question", SLOW, async () => {
    const processes = started();
    const proposed = await processes.look(question("data/city.csv"), never);
    expect(proposed.grid?.rows[0]?.cells).toEqual(["Город", "Людей"]);
    expect(proposed.layout).toMatchObject({ dialect: { delimiter: ";" } });
    const layout = { ...proposed.layout, schema: { fields: [{ name: "Город" }, { name: "Людей", type: "integer", groupChar: " " }] } };
    const looked = await processes.look({ ...question("data/city.csv"), text: proposed.text, layout }, never);
    expect(looked.preview?.records).toEqual([{ row: 1, values: ["Тула", "461 692"], cast: ["Тула", "461692"] }]);
    expect(looked.preview?.refused).toEqual([{ row: 2, values: ["Орёл", "x"], cast: ["Орёл", null] }]);
    expect(looked.preview?.rejects).toEqual([{ row: 2, column: "Людей", value: "x", reason: "not an integer" }]);
  });

  test("a file outside of the folders that were named is closed to them, whatever it is called", SLOW, async () => {
    await expect(started().look(question("outside/secret.csv"), never)).rejects.toMatchObject({ code: "source_unreadable" });
  });

  test("who goes away is not waited for, and the next one is served", SLOW, async () => {
    const processes = started();
    const gone = new AbortController();
    const first = processes.look(question("data/city.csv"), gone.signal);
    const second = processes.look(question("data/city.csv"), never);
    gone.abort(new Error("left"));
    await expect(first).rejects.toThrow("left");
    expect((await second).preview?.read).toBeGreaterThan(0);
  });

  test("a child that takes too long is ended; so are those that wait when Polyflow stops", SLOW, async () => {
    await expect(started({ answerWithinMs: 1 }).look(question("data/city.csv"), never)).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("layout_seconds"),
    });
    const processes = started();
    const waiting = [processes.look(question("data/city.csv"), never), processes.look(question("data/city.csv"), never)];
    const ended = Promise.allSettled(waiting);
    processes.stop();
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  test("a bomb is refused", SLOW, async () => {
    writeFileSync(join(dir, "data/bomb.csv.gz"), gzipSync(Buffer.alloc(64 << 20, "a")));
    await expect(started().look({ ...question("data/bomb.csv.gz"), limits: { expansionRatio: 10 } }, never)).rejects.toMatchObject({
      code: "source_unreadable",
    });
  });
});
