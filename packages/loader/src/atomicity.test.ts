import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { LOAD_POINTS } from "./load-points.ts";
import type { LoadPoint } from "./load-points.ts";
import { TestWarehouse } from "./test-warehouse.ts";

/** Kills at random moments; the full proof is `POLYFLOW_TEST_KILLS=200`. */
const RANDOM_KILLS = Number(process.env["POLYFLOW_TEST_KILLS"] ?? 12);
const RECORDS = 3000;
const TIMEOUT_MS = 60_000 + RANDOM_KILLS * 5000;

/** One flow of each way to write; in the file of each every record carries the version of the file. */
const FLOWS = {
  replacing: "{mode: replace}",
  merging: "{mode: merge, cursor: {column: version}}",
  swapping: "{mode: merge, strategy: delete_insert, delete_missing: {max: 100%}}",
  versioning: "{mode: merge, strategy: scd2}",
} as const;
type Flow = keyof typeof FLOWS;
const FLOW_NAMES = Object.keys(FLOWS) as Flow[];

let warehouse: TestWarehouse;
const versions: Record<Flow, number> = { replacing: 0, merging: 0, swapping: 0, versioning: 0 };
/** Started ahead of time, so that a kill costs no start. */
let next: Promise<ChildProcess>;

beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  for (const [name, load] of Object.entries(FLOWS)) {
    warehouse.describe(name, {
      source: `path: ${name}.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: version, type: integer}]}\n`,
      properties:
        "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - {name: version, logicalType: integer}",
      load,
    });
  }
  next = startLoader();
  for (const flow of FLOW_NAMES) {
    writeVersion(flow);
    expect((await warehouse.load(flow)).failure).toBeUndefined();
  }
}, TIMEOUT_MS);
afterAll(async () => {
  (await next).kill("SIGKILL");
  await warehouse.remove();
});

function writeVersion(flow: Flow): void {
  const version = ++versions[flow];
  // every fifth version has a bad record, so that rejects take part
  const bad = version % 5 === 0 ? "x,1\n" : "";
  const lines = Array.from({ length: RECORDS }, (_, id) => `${id},${version}`);
  warehouse.write(`source/${flow}.csv`, `id,version\n${lines.join("\n")}\n${bad}`);
}

async function startLoader(): Promise<ChildProcess> {
  const loader = fork(join(import.meta.dirname, "atomicity-loader.ts"), [warehouse.projectDir, warehouse.url]);
  await once(loader, "message");
  return loader;
}

async function takeLoader(): Promise<ChildProcess> {
  const loader = await next;
  next = startLoader();
  return loader;
}

/** What is in the target; a mixture of two versions is none. */
async function storedVersion(flow: Flow): Promise<number> {
  const current = flow === "versioning" ? " where _valid_to is null" : "";
  const [row] = await warehouse.rows(`select count(*)::int, min(version)::int, max(version)::int from t.${flow}${current}`);
  expect(row, `${flow} holds a mixture`).toEqual([RECORDS, row?.[1], row?.[1]]);
  return Number(row?.[1]);
}

/** Target, ledger and cursor tell the same story: that of the version before or of the one after. */
async function expectAgreement(flow: Flow): Promise<number> {
  await untilLoadersAreGone();
  const version = versions[flow];
  const stored = await storedVersion(flow);
  expect([version - 1, version]).toContain(stored);
  const [entry] = await warehouse.rows(
    `select fingerprint, load_id from df.load_ledger where flow = '${flow}' and status = 'loaded' order by finished_at desc limit 1`,
  );
  const isNewest =
    entry?.[0] ===
    createHash("sha256")
      .update(readFileSync(join(warehouse.projectDir, `source/${flow}.csv`)))
      .digest("hex");
  expect(isNewest, `${flow}: the ledger knows of version ${version}, the target holds ${stored}`).toBe(stored === version);
  const strangers = await warehouse.rows(
    `select count(*)::int from t.${flow} where _load_id not in (select load_id from df.load_ledger where flow = '${flow}')`,
  );
  expect(strangers).toEqual([[0]]);
  const lostRejects = await warehouse.rows("select count(*)::int from df.reject where load_id not in (select load_id from df.load_ledger)");
  expect(lostRejects).toEqual([[0]]);
  if (flow === "merging")
    expect(await warehouse.rows("select value from df.load_cursor where flow = 'merging'")).toEqual([[String(stored)]]);
  return stored;
}

/** The next load brings the newest version in, once; the one after it finds nothing to do, and no staging table is left. */
async function expectConvergence(flow: Flow, stored: number): Promise<void> {
  const version = versions[flow];
  const again = await warehouse.load(flow);
  expect(again.failure).toBeUndefined();
  expect(again.report.status).toBe(stored === version ? "repeated" : "loaded");
  expect(await storedVersion(flow)).toBe(version);
  expect((await warehouse.load(flow)).report.status).toBe("repeated");
  expect(await warehouse.rows("select relname from pg_class where relname like 'stage\\_%'")).toEqual([]);
}

async function untilLoadersAreGone(): Promise<void> {
  const sessions =
    "select exists (select from pg_stat_activity where application_name like 'polyflow loader%' and datname = current_database())";
  const deadline = performance.now() + 20_000;
  for (;;) {
    const [row] = await warehouse.rows(sessions);
    if (row?.[0] === false) return;
    if (performance.now() > deadline) throw new Error("a killed loader's session is still there after 20 s");
    await warehouse.client.query("select pg_sleep(0.005)");
  }
}

describe("B3, A14: a loader killed at a point of its work leaves the version before or the one after", () => {
  const cases = LOAD_POINTS.map((point, index) => [point, FLOW_NAMES[index % FLOW_NAMES.length] ?? "replacing"] as const);
  test.each(cases)(
    "%s (%s)",
    async (point, flow) => {
      writeVersion(flow);
      await killAt(point, flow);
      const stored = await expectAgreement(flow);
      const isCommitted = LOAD_POINTS.indexOf(point) >= LOAD_POINTS.indexOf("committed");
      expect(stored).toBe(isCommitted ? versions[flow] : versions[flow] - 1);
      await expectConvergence(flow, stored);
    },
    TIMEOUT_MS,
  );
});

/** A point that the loader never reaches is a mistake in the list: the loader must die there, not finish. */
async function killAt(point: LoadPoint, flow: Flow): Promise<void> {
  const loader = await takeLoader();
  const ended = once(loader, "exit");
  loader.on("message", (message) => {
    throw new Error(`the load never reached ${point}: ${JSON.stringify(message)}`);
  });
  loader.send({ flow, dieAt: point });
  expect(await ended).toEqual([null, "SIGKILL"]);
}

test(
  `B3, A14: ${RANDOM_KILLS} kills at random moments`,
  async () => {
    // how long a load takes here, so that the kills fall all over it and a little beyond
    for (const flow of FLOW_NAMES) writeVersion(flow);
    const startedMs = performance.now();
    for (const flow of FLOW_NAMES) await warehouse.load(flow);
    const usualMs = (performance.now() - startedMs) / FLOW_NAMES.length;
    let killedBefore = 0;
    for (let round = 0; round < RANDOM_KILLS; round++) {
      const flow = FLOW_NAMES[round % FLOW_NAMES.length] ?? "replacing";
      writeVersion(flow);
      const loader = await takeLoader();
      const ended = once(loader, "exit");
      loader.send({ flow });
      // evenly over the time of a load, in an order that is not that of the time
      const share = ((round * 7) % RANDOM_KILLS) / RANDOM_KILLS;
      await warehouse.client.query("select pg_sleep($1)", [(usualMs * 1.3 * share) / 1000]);
      loader.kill("SIGKILL");
      await ended;
      const stored = await expectAgreement(flow);
      if (stored === versions[flow] - 1) killedBefore++;
      await expectConvergence(flow, stored);
    }
    expect(killedBefore).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

describe("B3, A14: a connection that is cut at COMMIT", () => {
  test.each([
    ["before the server hears of it", false],
    ["after the server has heard of it", true],
  ])(
    "%s: the load finds out what became of it",
    async (_when, forwards) => {
      writeVersion("merging");
      const proxy = await cuttingProxy(forwards);
      const url = new URL(warehouse.url);
      const target = new URL(url);
      target.hostname = "127.0.0.1";
      target.port = String(proxy.port);
      const { report, failure } = await warehouse.load("merging", { target: { connection: "df", client: target.href } });
      proxy.close();
      const stored = await expectAgreement("merging");
      expect(stored).toBe(forwards ? versions.merging : versions.merging - 1);
      expect(report.status).toBe(forwards ? "loaded" : "failed");
      expect(failure?.code).toBe(forwards ? undefined : "load_failed");
      await expectConvergence("merging", stored);
    },
    TIMEOUT_MS,
  );
});

/** Passes everything on until a client says `commit` after it has written to the ledger; then it cuts that connection. */
async function cuttingProxy(forwardsCommit: boolean): Promise<{ readonly port: number; close(): void }> {
  const url = new URL(warehouse.url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    const upstream = connect(Number(url.port), url.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    let isLoad = false;
    upstream.on("data", (bytes) => client.write(bytes));
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.end());
    client.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      isLoad ||= text.includes(".load_ledger (load_id");
      if (isCut || !isLoad || !text.includes("Q\0\0\0\u000bcommit\0")) {
        upstream.write(bytes);
        return;
      }
      isCut = true;
      client.destroy();
      if (forwardsCommit) upstream.write(bytes, () => upstream.end());
      else upstream.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
