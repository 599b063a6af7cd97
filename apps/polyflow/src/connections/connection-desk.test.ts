import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { systemClock } from "@polyflow/service-kit";
import type { ConnectionRecord } from "@polyflow/store";
import { describe, expect, test } from "vitest";
import { connectionDesk } from "./connection-desk.ts";

const connection = (parts: Partial<ConnectionRecord>): ConnectionRecord => ({
  connectionId: "c",
  type: "postgres",
  description: null,
  host: null,
  port: null,
  login: null,
  password: null,
  schema: null,
  extra: {},
  ...parts,
});

describe("C4: trying a connection in a process of its own", { timeout: 120_000 }, () => {
  const desk = connectionDesk({ timeoutMs: 60_000, clock: systemClock });

  test("all installed providers describe their forms", async () => {
    const types = await desk.types();
    expect(types.map(({ type }) => type)).toEqual(expect.arrayContaining(["postgres", "mysql", "sftp", "s3", "http", "kafka"]));
    expect(
      types
        .flatMap(({ fields }) => fields)
        .filter(({ name }) => name === "password")
        .every(({ secret }) => secret),
    ).toBe(true);
  });

  test("says what was found, or why not", async () => {
    const folder = mkdtempSync(`${tmpdir()}/polyflow-desk-`);
    expect(await desk.test(connection({ type: "fs", extra: { path: folder } }))).toContain(folder);
    rmSync(folder, { recursive: true });
    await expect(desk.test(connection({ type: "fs", extra: { path: folder } }))).rejects.toThrow(folder);
    await expect(desk.test(connection({ type: "nonsense" }))).rejects.toMatchObject({ code: "connection_not_found" });
  });

  test("gives up on a system that takes the call and says nothing", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as AddressInfo;
    const hasty = connectionDesk({ timeoutMs: 500, clock: systemClock });
    const host = "127.0.0.1";
    await expect(hasty.test(connection({ host, port, login: "u" }))).rejects.toThrow(/127\.0\.0\.1:\d+ did not answer within 0\.5 s/);
    silent.close();
  });
});
