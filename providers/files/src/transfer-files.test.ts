import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, dag } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fileSensor } from "./file-sensor.ts";
import type { FilesArrivedOptions } from "./files-arrived.ts";
import { provider } from "./provider.ts";
import { startFtpServer } from "./testing/ftp-server.ts";
import { startS3Server } from "./testing/s3-server.ts";
import { type TransferFilesOptions, transferFiles } from "./transfer-files.ts";

const connections = new Map<string, Connection>();
const stops: (() => Promise<void>)[] = [];
let ftpFolder = "";
let projectDir = "";

beforeAll(async () => {
  const [ftp, s3] = [await startFtpServer(false), await startS3Server()];
  ftpFolder = ftp.folder;
  for (const server of [ftp, s3]) {
    connections.set(server.connection.connectionId, server.connection);
    stops.push(() => server.stop());
  }
});
afterAll(async () => {
  for (const stop of stops) await stop();
});
beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), "transfer-"));
  mkdirSync(join(projectDir, "source"));
  return () => rmSync(projectDir, { recursive: true });
});

async function run(definition: ReturnType<typeof dag>) {
  const result = await runDag(definition, { connections: async (id) => connections.get(id), providers: [provider], projectDir });
  return result.task("t");
}

const transferred = (options: Omit<TransferFilesOptions, "id">) => run(dag("a", () => void transferFiles({ id: "t", ...options })));

describe("A4: transferFiles", () => {
  test("from FTP to the project to S3 and back: bytes and checksums are the same on the way", async () => {
    const content = "номер;сумма\n1;2,5\n".repeat(50_000);
    const sha256 = createHash("sha256").update(content).digest("hex");
    writeFileSync(join(ftpFolder, "sales_1.csv"), content);
    writeFileSync(join(ftpFolder, "other.txt"), "");
    const file = { bytes: Buffer.byteLength(content), sha256 };
    expect((await transferred({ from: "ftp://exchange/sales_*.csv", to: "source/in/", move: true })).output).toEqual([
      { from: "sales_1.csv", to: "source/in/sales_1.csv", ...file },
    ]);
    expect(readdirSync(ftpFolder)).toEqual(["other.txt"]);
    const up = await transferred({ from: "source/in/sales_1.csv", to: "s3://bucket/2026/may.csv", verify: true });
    expect(up.output).toEqual([{ from: "source/in/sales_1.csv", to: "2026/may.csv", ...file }]);
    const across = await transferred({ from: { connection: "bucket", path: "**/*.csv" }, to: { connection: "exchange", path: "back/" } });
    expect(across.output).toEqual([{ from: "2026/may.csv", to: "back/may.csv", ...file }]);
    expect(readFileSync(join(ftpFolder, "back/may.csv"), "utf8")).toBe(content);
  });

  test("a file that is there already: replaced, left, or a fault", async () => {
    writeFileSync(join(projectDir, "source/new.txt"), "new");
    writeFileSync(join(projectDir, "source/old.txt"), "old");
    const copy = (ifExists: TransferFilesOptions["ifExists"] & string) =>
      transferred({ from: "source/new.txt", to: "source/old.txt", ifExists });
    expect((await copy("skip")).output).toEqual([]);
    expect((await copy("fail")).reason).toMatch(/is at source\/old.txt already/);
    expect(readFileSync(join(projectDir, "source/old.txt"), "utf8")).toBe("old");
    expect((await copy("replace")).output).toHaveLength(1);
    expect(readFileSync(join(projectDir, "source/old.txt"), "utf8")).toBe("new");
  });

  test("nothing to transfer, and targets that cannot be", async () => {
    const nothing = { from: "source/*.csv", to: "source/done/" };
    expect((await transferred(nothing)).reason).toMatch(/No file fits source\/\*\.csv/);
    expect((await transferred({ ...nothing, ifNone: "skip" })).state).toBe("skipped");
    expect((await transferred({ ...nothing, ifNone: "succeed" })).output).toEqual([]);
    for (const name of ["a.csv", "b.csv"]) writeFileSync(join(projectDir, "source", name), name);
    expect((await transferred({ from: "source/*.csv", to: "source/one.csv" })).reason).toMatch(/2 files cannot all become/);
    expect((await transferred({ from: "source/a.csv", to: "../outside.csv" })).reason).toMatch(/leads out of/);
    expect(existsSync(join(projectDir, "../outside.csv"))).toBe(false);
    expect((await transferred({ from: "source/a.csv", to: "s3://exchange/a.csv" })).reason).toMatch(/which is of type "ftp"/);
  });

  test("an address that cannot be is an error of the file", () => {
    const describing = (from: string) => () => dag("a", () => void transferFiles({ id: "t", from, to: "x/" })).spec;
    expect(describing("sftp://user:pw@host/x")).toThrow(/id of a connection, never a host or a user/);
    expect(describing("gopher://x/y")).toThrow(/"gopher" is unknown/);
    expect(describing(5 as never)).toThrow("from: 5 is not a text, or { connection, path }.");
    expect(describing("ftps://bank/")).toThrow("`ftps://bank/` lacks the path; all files of the connection's root are `ftps://bank/*`");
  });
});

describe("A5: fileSensor", () => {
  const looked = (options: FilesArrivedOptions) =>
    run(dag("a", () => void fileSensor({ id: "t", timeout: "0s", softFail: true, ...options })));

  test("counts those that fit, are large enough and have been left alone for a while", async () => {
    const path = "source/in/*.csv";
    expect((await looked({ path })).state).toBe("skipped");
    mkdirSync(join(projectDir, "source/in"));
    for (const name of ["a.csv", "b.csv"]) writeFileSync(join(projectDir, "source/in", name), "12345");
    expect((await looked({ path })).output).toMatchObject([{ path: "source/in/a.csv", bytes: 5 }, { path: "source/in/b.csv" }]);
    expect((await looked({ path, count: 3 })).state).toBe("skipped");
    expect((await looked({ path, minBytes: 6 })).state).toBe("skipped");
    expect((await looked({ path, quietSeconds: 60 })).state).toBe("skipped");
    utimesSync(join(projectDir, "source/in/b.csv"), new Date(0), new Date(0));
    expect((await looked({ path, quietSeconds: 60 })).output).toMatchObject([{ path: "source/in/b.csv" }]);
  });

  test("one file on a server, named by a template", async () => {
    writeFileSync(join(ftpFolder, "flag_manual"), "");
    expect((await looked({ path: "ftp://exchange/flag_{{ dag_run.run_type }}" })).output).toMatchObject([
      { path: "flag_manual", bytes: 0 },
    ]);
    expect((await looked({ path: "ftp://exchange/no_flag" })).state).toBe("skipped");
  });
});
