import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { isPolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import type { ClosableFileStore } from "@polyflow/sdk/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provider } from "./provider.ts";
import { startFtpServer } from "./testing/ftp-server.ts";
import { startS3Server } from "./testing/s3-server.ts";
import { hasSshServer, startSshServer } from "./testing/ssh-server.ts";

interface Place {
  readonly connection: Connection;
  stop(): Promise<void>;
}

const PLACES: readonly (readonly [name: string, isThere: boolean, start: () => Promise<Place>])[] = [
  ["folder", true, startFolder],
  ["SFTP", hasSshServer, startSshServer],
  ["FTP", true, () => startFtpServer(false)],
  ["FTPS", true, () => startFtpServer(true)],
  ["S3", true, startS3Server],
];

async function startFolder(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  const connection = {
    connectionId: "here",
    type: "fs",
    host: null,
    port: null,
    login: null,
    password: null,
    schema: null,
    extra: { path: folder },
  };
  return { connection, stop: () => Promise.resolve(rmSync(folder, { recursive: true })) };
}

const bytes = (content: string | Uint8Array): Readable => Readable.from([Buffer.from(content)]);

// "needs openssh-server" where sshd is missing
describe.each(PLACES.filter(([, isThere]) => isThere))("B2: files of %s", (_name, _isThere, start) => {
  let place: Place;
  let store: ClosableFileStore;
  beforeAll(async () => {
    place = await start();
    store = (await provider.openFiles?.(place.connection)) ?? expect.unreachable();
  });
  afterAll(async () => {
    await store.close();
    await place.stop();
  });

  test("a test of the connection says what was found", async () => {
    expect(await provider.test(place.connection, AbortSignal.timeout(10_000))).toMatch(/\w+/);
  });

  test("write, list by mask, stat, read from a place, move, delete", async () => {
    await store.write("in/2026/sales_01.csv", bytes("one"));
    await store.write("in/2026/sales_02.csv", bytes("two, ё"));
    await store.write("in/notes.txt", bytes(""));
    expect((await store.list("in/2026/sales_*.csv")).map(({ path, size }) => [path, size])).toEqual([
      ["in/2026/sales_01.csv", 3],
      ["in/2026/sales_02.csv", 7],
    ]);
    expect((await store.list("**/*")).map(({ path }) => path)).toEqual(["in/2026/sales_01.csv", "in/2026/sales_02.csv", "in/notes.txt"]);
    expect((await store.list("in/*")).map(({ path }) => path)).toEqual(["in/notes.txt"]);
    expect(await store.list("nowhere/*")).toEqual([]);
    expect(await store.stat("in/notes.txt")).toMatchObject({ path: "in/notes.txt", size: 0, modified: expect.any(Date) });
    expect(await store.stat("in/absent.txt")).toBeUndefined();
    expect(await text(await store.read("in/2026/sales_02.csv", { start: 5 }))).toBe("ё");
    await store.move("in/2026/sales_01.csv", "done/sales_01.csv");
    await store.write("in/2026/sales_02.csv", bytes("new"));
    await store.move("in/2026/sales_02.csv", "done/sales_01.csv");
    expect(await text(await store.read("done/sales_01.csv"))).toBe("new");
    await store.delete("done/sales_01.csv");
    await store.delete("done/sales_01.csv");
    expect(await store.list("done/*")).toEqual([]);
    await expect(store.read("in/absent.txt")).rejects.toSatisfy((error) => isPolyflowError(error, "file_not_found"));
  });

  test("a large file arrives byte by byte the same", async () => {
    const large = randomBytes(20 << 20);
    const pieces = Array.from({ length: 320 }, (_, index) => large.subarray(index << 16, (index + 1) << 16));
    await store.write("large.bin", Readable.from(pieces));
    const back = await buffer(await store.read("large.bin"));
    expect(createHash("sha256").update(back).digest("hex")).toBe(createHash("sha256").update(large).digest("hex"));
    await store.delete("large.bin");
  });

  test("a write that fails leaves the file as it was, and nothing beside it", async () => {
    await store.write("kept.txt", bytes("old"));
    async function* breaking(): AsyncGenerator<Uint8Array, void> {
      yield randomBytes(9 << 20);
      throw new Error("the origin broke");
    }
    await expect(store.write("kept.txt", breaking())).rejects.toThrow(/the origin broke/);
    expect(await text(await store.read("kept.txt"))).toBe("old");
    expect((await store.list("*")).map(({ path }) => path)).toEqual(["kept.txt"]);
  });

  test("names with spaces, letters of any script and characters of masks", async () => {
    for (const name of ["Отчёт за май (2).csv", "a+b&c=d%20.csv", "it's!*.csv"]) {
      await store.write(`odd/${name}`, bytes(name));
      expect(await text(await store.read(`odd/${name}`))).toBe(name);
    }
    expect(await store.list("odd/*")).toHaveLength(3);
  });

  test.each(["../etc/passwd", "in/../../x", "..", "", "/", "a\nb", "a\\..\\b"])("D6: %j leads nowhere", async (path) => {
    await expect(store.read(path)).rejects.toSatisfy((error) => isPolyflowError(error, "request_invalid"));
    await expect(store.write(path, bytes("x"))).rejects.toSatisfy((error) => isPolyflowError(error, "request_invalid"));
    await expect(store.list(path)).rejects.toSatisfy((error) => isPolyflowError(error, "request_invalid"));
  });
});

describe("D6: a folder of the machine", () => {
  test("links that lead out of it are not followed", async () => {
    const [inside, outside] = [mkdtempSync(join(tmpdir(), "in-")), mkdtempSync(join(tmpdir(), "out-"))];
    writeFileSync(join(outside, "secret"), "s");
    symlinkSync(outside, join(inside, "link"));
    mkdirSync(join(inside, "real"));
    symlinkSync(join(inside, "real"), join(inside, "alias"));
    const connection = {
      connectionId: "x",
      type: "fs",
      host: null,
      port: null,
      login: null,
      password: null,
      schema: null,
      extra: { path: inside },
    };
    const store = (await provider.openFiles?.(connection)) ?? expect.unreachable();
    await expect(store.read("link/secret")).rejects.toThrow(/leads out of/);
    await expect(store.write("link/new", bytes("x"))).rejects.toThrow(/leads out of/);
    await store.write("alias/fine", bytes("x"));
    expect(readFileSync(join(inside, "real/fine"), "utf8")).toBe("x");
    for (const folder of [inside, outside]) rmSync(folder, { recursive: true });
  });
});

describe.skipIf(!hasSshServer)("D6: the key of an SSH server", () => {
  test("one that nobody named is refused with its fingerprint, and nothing is sent", async () => {
    const server = await startSshServer();
    try {
      const { host_key: _hostKey, ...extra } = server.connection.extra;
      const test = (more: object) => provider.test({ ...server.connection, extra: { ...extra, ...more } }, AbortSignal.timeout(10_000));
      const known = join(server.folder, "known_hosts");
      writeFileSync(known, "");
      const refusal: unknown = await test({ known_hosts: known }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: "host_key_unknown", message: expect.stringContaining("known_hosts has no such key") });
      const [fingerprint = ""] = /SHA256:[^, ]+/.exec(String(refusal)) ?? [];
      expect(await test({ host_key: fingerprint })).toContain("SFTP at");
      await expect(test({ host_key: "SHA256:other" })).rejects.toThrow(/the connection's `host_key` is another/);
      writeFileSync(known, `[127.0.0.1]:${server.connection.port} ${server.hostKey}\n`);
      expect(await test({ known_hosts: known })).toContain("SFTP at");
    } finally {
      await server.stop();
    }
  });

  test("a session that breaks while a file is read: the rest comes over a new one", async () => {
    const server = await startSshServer();
    const store = (await provider.openFiles?.(server.connection)) ?? expect.unreachable();
    try {
      const content = randomBytes(8 << 20);
      writeFileSync(join(server.folder, "big"), content);
      const hash = createHash("sha256");
      let isDropped = false;
      for await (const chunk of await store.read("big")) {
        hash.update(chunk);
        if (!isDropped) server.dropSessions();
        isDropped = true;
      }
      expect(hash.digest("hex")).toBe(createHash("sha256").update(content).digest("hex"));
    } finally {
      await store.close();
      await server.stop();
    }
  });
});

test("A8: a setting that a type does not have is refused, with those it has", async () => {
  const connection = {
    connectionId: "x",
    type: "sftp",
    host: "h",
    port: null,
    login: "u",
    password: null,
    schema: null,
    extra: { hostkey: "" },
  };
  await expect(provider.test(connection, AbortSignal.timeout(1000))).rejects.toThrow(/the setting "hostkey".*host_key/);
});
