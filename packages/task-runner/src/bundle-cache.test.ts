import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BundleCache } from "./bundle-cache.ts";

const CODE = Buffer.from("export {};");
const HASH = createHash("sha256").update(CODE).digest("hex");
let dir = "";
let downloads = 0;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "bundle-cache-"));
  downloads = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

function cache(sent = CODE): BundleCache {
  return new BundleCache(dir, () => {
    downloads += 1;
    return Promise.resolve(sent);
  });
}

test("a bundle is fetched once, for callers at the same time and for the next process", async () => {
  const first = cache();
  const [path, same] = await Promise.all([first.get(HASH), first.get(HASH)]);
  expect(path).toBe(same);
  expect(readFileSync(path)).toEqual(CODE);
  await cache().get(HASH);
  expect(downloads).toBe(1);
});

test("a bundle that was changed or torn on disk is fetched again before it runs", async () => {
  const path = await cache().get(HASH);
  writeFileSync(path, "process.exit(9)");
  expect(readFileSync(await cache().get(HASH))).toEqual(CODE);
  expect(downloads).toBe(2);
});

test("a bundle that does not have its hash is refused, and asked for anew next time", async () => {
  const wrong = cache(Buffer.from("something else"));
  await expect(wrong.get(HASH)).rejects.toThrow(/was not run/);
  await expect(wrong.get(HASH)).rejects.toThrow(/was not run/);
  expect(downloads).toBe(2);
});

test("a hash cannot lead out of the folder", async () => {
  await expect(cache().get("../../etc/passwd")).rejects.toThrow(/no bundle hash/);
  expect(downloads).toBe(0);
});
