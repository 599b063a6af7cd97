import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { silentLogger } from "@polyflow/service-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { cleanUploads } from "./upload-cleaning.ts";
import { uploadedBytes } from "./upload-folders.ts";
import { UploadStore } from "./upload-store.ts";

const HOUR_MS = 3_600_000;

let dir: string;
let clock: ManualClock;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "polyflow-uploads-"));
  clock = new ManualClock(); // 2026-06-01, noon
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(path: string, content = "x"): Promise<string> {
  const file = join(dir, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, content);
  return file;
}

const store = (changes: { readonly maxTotalBytes: number }) =>
  new UploadStore({ dir, maxBytes: 1000, extensions: [], keepDays: 0, ...changes }, clock);
const file = (content: string) => ({ name: "a.csv", content: Readable.from([Buffer.from(content)]) });

describe("uploads that are too old (A6, C3)", () => {
  test("go at the start and as days pass; everything else in the folder stays", async () => {
    const old = await put("main/uploads/2026-05-29/aa/old.csv");
    const young = await put("main/uploads/2026-05-30/bb/young.csv");
    const others = [
      await put("main/2026-01-01/aa/report.csv"),
      await put("main/uploads/notes/aa/a.csv"),
      await put("main/uploads/2026-99-99/aa/a.csv"),
      await put("elsewhere/2026-01-01/aa/a.csv"),
    ];
    await symlink(join(dir, "elsewhere"), join(dir, "linked"));
    await mkdir(join(dir, "second/uploads"), { recursive: true });
    await symlink(join(dir, "elsewhere/2026-01-01"), join(dir, "second/uploads/2026-01-01"));

    let told = Promise.withResolvers<string>();
    const logger = { ...silentLogger, info: (_: string, fields?: object) => told.resolve(JSON.stringify(fields)) };
    const stop = cleanUploads({ dir, keepDays: 2, clock, logger });
    clock.advance(0);
    expect(await told.promise).toContain("2026-05-29");
    expect(existsSync(old)).toBe(false);
    expect(existsSync(young)).toBe(true);

    told = Promise.withResolvers();
    // the look of each hour is asked for when the one before has ended
    const isOver = told.promise.then(() => true);
    clock.advance(12 * HOUR_MS);
    while (!(await Promise.race([isOver, new Promise<false>((resolve) => setImmediate(() => resolve(false)))]))) clock.advance(HOUR_MS);
    expect(existsSync(young)).toBe(false);
    expect(others.filter((path) => !existsSync(path))).toEqual([]);
    stop();
  }, 60_000);

  test("stay for ever with 0 days", async () => {
    const old = await put("main/uploads/2001-01-01/aa/old.csv");
    cleanUploads({ dir, keepDays: 0, clock, logger: silentLogger });
    clock.advance(24 * HOUR_MS);
    expect(existsSync(old)).toBe(true);
  });
});

describe("uploads that would take too much together (A6, C3)", () => {
  test("are refused, over all projects, and nothing of them stays", async () => {
    const uploads = store({ maxTotalBytes: 100 });
    await uploads.store("one", file("x".repeat(60)));
    await expect(uploads.store("two", file("x".repeat(41)))).rejects.toMatchObject({ code: "uploads_full" });
    expect(await uploadedBytes(dir)).toBe(60);
    await uploads.store("two", file("x".repeat(40)));
    await expect(uploads.store("two", file("x"))).rejects.toThrow("upload_total_mb");
    expect(await uploadedBytes(dir)).toBe(100);
  });

  test("are never more than the limit when many come at once", async () => {
    const uploads = store({ maxTotalBytes: 100 });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => uploads.store("one", file("x".repeat(40)))));
    const kept = outcomes.filter(({ status }) => status === "fulfilled").length;
    expect(await uploadedBytes(dir)).toBe(kept * 40);
    expect(kept).toBeLessThanOrEqual(2);
  });

  test("have no limit with 0", async () => {
    const uploads = store({ maxTotalBytes: 0 });
    await uploads.store("one", file("x".repeat(500)));
    expect((await uploads.store("one", file("x".repeat(500)))).bytes).toBe(500);
  });
});
