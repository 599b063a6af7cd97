import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestServer, type TestServer, textIn } from "../testing/test-server.ts";
import { safeName } from "./safe-name.ts";

let kit: TestServer;
let user: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  user = await kit.tokenOf("User");
});
afterAll(() => kit.close());

const upload = (name: string, content: string, token = user) =>
  kit.send({ method: "POST", url: "/ui/dags/own/uploads", file: { name, content } }, token);

describe("files for a run (A6)", () => {
  test("are kept below the project's data folder, closed to others", async () => {
    const answer = await upload("Отчёт за май.csv", "a,b\n1,2\n");
    expect(answer.body).toMatchObject({ name: "Отчёт_за_май.csv", bytes: 8 });
    const path = textIn(answer.body["path"]);
    expect(relative(join(kit.logDir, "data"), path)).toMatch(/^main\/uploads\/\d{4}-\d\d-\d\d\/[\da-f]{12}\/Отчёт_за_май\.csv$/);
    expect(await readFile(path, "utf8")).toBe("a,b\n1,2\n");
    expect((await stat(path)).mode & 0o007).toBe(0);
  });

  test("of the same name do not meet", async () => {
    const [first, second] = await Promise.all([upload("same.csv", "1"), upload("same.csv", "2")]);
    expect(first.body["path"]).not.toBe(second.body["path"]);
  });

  test.each(["../../etc/passwd.csv", "..\\..\\boot.csv", "/abs.csv", ".hidden.csv", "a\u0000b.csv", "`rm -rf`;$(x).csv", "con.csv"])(
    "a hostile name %j stays in its folder",
    async (name) => {
      const answer = await upload(name, "x");
      expect(answer.status, answer.text).toBe(200);
      expect(textIn(answer.body["name"])).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._-]*\.csv$/u);
      expect(textIn(answer.body["path"]).startsWith(join(kit.logDir, "data", "main", "uploads"))).toBe(true);
    },
  );

  test("that are too large or of another kind are refused, and nothing of them stays", async () => {
    const before = (await readdir(join(kit.logDir, "data"), { recursive: true })).filter((name) => /\.(csv|part|exe)$/.test(name));
    expect(await upload("big.csv", "x".repeat(1001))).toMatchObject({ status: 413, body: { code: "upload_too_large" } });
    expect(await upload("tool.exe", "x")).toMatchObject({ status: 422, body: { code: "upload_refused" } });
    const after = (await readdir(join(kit.logDir, "data"), { recursive: true })).filter((name) => /\.(csv|part|exe)$/.test(name));
    expect(after).toEqual(before);
    expect((await upload("just.csv", "x".repeat(1000))).status).toBe(200);
  });

  test("need the right to start the process", async () => {
    expect((await upload("a.csv", "1", await kit.tokenOf("Viewer"))).status).toBe(403);
    expect((await kit.send({ method: "POST", url: "/ui/dags/own/uploads", body: {} }, user)).body).toMatchObject({
      code: "request_invalid",
    });
  });
});

test("what has no room is refused with the reason and the remedy (A6, C3)", async () => {
  const small = await startTestServer(inject("postgresUrl"), {
    uploads: { dir: join(kit.logDir, "small"), maxBytes: 1000, extensions: [], maxTotalBytes: 10, keepDays: 0 },
  });
  try {
    const file = { name: "a.csv", content: "x".repeat(11) };
    const answer = await small.send({ method: "POST", url: "/ui/dags/own/uploads", file }, await small.tokenOf("User"));
    expect(answer).toMatchObject({ status: 413, body: { code: "uploads_full" } });
    expect(textIn(answer.body["detail"])).toContain("upload_total_mb");
  } finally {
    await small.close();
  }
}, 60_000);

test("names keep their extension when they are cut", () => {
  const name = safeName(`${"я".repeat(300)}.parquet`);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(150);
  expect(name.endsWith(".parquet")).toBe(true);
});
