import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from "./embedded-postgres.ts";
import { pause, waitForEnd } from "./launch-postmaster.ts";
import { locatePostgresBinaries } from "./postgres-binaries.ts";
import { isServerAlive, readPostmasterFile } from "./postmaster-file.ts";

const LONG = 60_000;
const IS_ROOT = process.getuid?.() === 0;
const SYSTEM_BIN_DIR = "/usr/lib/postgresql/15/bin";

let root: string;
let started: EmbeddedPostgres[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "polyflow-embedded-"));
  await chmod(root, 0o755);
  started = [];
});

afterEach(async () => {
  for (const postgres of started) await postgres.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = createEmbeddedPostgres({ dir: join(root, "postgres"), logger: silentLogger, clock: systemClock, ...options });
  started.push(postgres);
  await postgres.start();
  return postgres;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function serverPid(): Promise<number> {
  const file = await readPostmasterFile(join(root, "postgres", "data"));
  if (file === undefined) throw new Error("no server is running");
  return file.pid;
}

/** Starts the cluster in another Node process, which then waits to be killed. */
async function startInAnotherProcess(): Promise<ChildProcess> {
  const source = `
    import { createEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve("./embedded-postgres.ts"))};
    import { silentLogger, systemClock } from ${JSON.stringify(import.meta.resolve("@polyflow/service-kit"))};
    const postgres = createEmbeddedPostgres({ dir: ${JSON.stringify(join(root, "postgres"))}, logger: silentLogger, clock: systemClock });
    await postgres.start();
    console.log("ready");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("A1: an empty folder becomes a server reached by socket and by TCP; stop leaves no process", { timeout: LONG }, async () => {
  const postgres = await start();
  const pid = await serverPid();
  expect(await query(postgres.connectionUrl("postgres"), "select inet_client_addr() as client")).toEqual([{ client: null }]);
  expect(await query(postgres.tcpUrl("postgres"), "select host(inet_client_addr()) as client")).toEqual([{ client: "127.0.0.1" }]);
  expect((await stat(join(root, "postgres", "superuser-password"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(root, "postgres", "data"))).mode & 0o777).toBe(0o700);
  await postgres.stop();
  expect(await isServerAlive(pid, join(root, "postgres", "data"))).toBe(false);
});

test("A1: stopping while it starts leaves no process either", { timeout: LONG }, async () => {
  const postgres = createEmbeddedPostgres({ dir: join(root, "postgres"), logger: silentLogger, clock: systemClock });
  const starting = postgres.start();
  await postgres.stop();
  await starting;
  expect(await readPostmasterFile(join(root, "postgres", "data"))).toBeUndefined();
});

test("A1: nobody connects without the password", { timeout: LONG }, async () => {
  const postgres = await start();
  for (const url of [postgres.connectionUrl("postgres"), postgres.tcpUrl("postgres")]) {
    await expect(query(url.replace(/:[^:@/]+@/, ":wrong@"), "select 1")).rejects.toThrow("password authentication failed");
  }
});

test("A1: a restart keeps the data and the port", { timeout: LONG }, async () => {
  const first = await start();
  const port = first.port;
  await query(first.connectionUrl("postgres"), "create table kept as select 42 as answer");
  await first.stop();
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(second.port).toBe(port);
  expect(await query(second.connectionUrl("postgres"), "select answer from kept")).toEqual([{ answer: 42 }]);
});

test("A1: kill -9 of Polyflow leaves the server running and the next start takes it over", { timeout: LONG }, async () => {
  const child = await startInAnotherProcess();
  const pid = await serverPid();
  await kill(child);
  const postgres = await start();
  expect(postgres.adopted).toBe(true);
  expect(await serverPid()).toBe(pid);
  expect(await query(postgres.connectionUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
});

test("A1: after kill -9 of Polyflow and of the server every committed row is there", { timeout: LONG }, async () => {
  const child = await startInAnotherProcess();
  const helper = await start();
  await query(helper.connectionUrl("postgres"), "create table kept as select generate_series(1, 1000) as n");
  await kill(child);
  process.kill(await serverPid(), "SIGKILL");
  const postgres = await start();
  expect(postgres.adopted).toBe(false);
  expect(await query(postgres.connectionUrl("postgres"), "select count(*)::int as n from kept")).toEqual([{ n: 1000 }]);
});

test("A14: a server that is killed is started again at the same address, with every committed row; a stop ends that", {
  timeout: LONG,
}, async () => {
  const postgres = await start();
  postgres.keepRunning();
  const url = postgres.connectionUrl("postgres");
  await query(url, "create table kept as select generate_series(1, 1000) as n");
  const killed = await serverPid();
  process.kill(killed, "SIGKILL");
  await expect
    .poll(() => query(url, "select count(*)::int as n from kept").catch(() => undefined), { timeout: LONG / 2 })
    .toEqual([{ n: 1000 }]);
  const pid = await serverPid();
  expect(pid).not.toBe(killed);
  await postgres.stop();
  expect(await isServerAlive(pid, join(root, "postgres", "data"))).toBe(false);
});

test("A1: a server that is just stopping is waited for, not taken over", { timeout: LONG }, async () => {
  const first = await start();
  const pid = await serverPid();
  const stopping = first.stop();
  await pause(systemClock, 1);
  const second = await start();
  await stopping;
  await waitForEnd(pid, join(root, "postgres", "data"), { clock: systemClock, timeoutMs: 10_000 });
  expect(await query(second.connectionUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
});

test("A1: of two that start the server at once, one takes over the other's", { timeout: LONG }, async () => {
  await (await start()).stop();
  const both = await Promise.all([start(), start()]);
  expect(both.filter((postgres) => postgres.adopted)).toHaveLength(1);
  expect(both[0]?.port).toBe(both[1]?.port);
});

test("A1: a lock file whose process number belongs to another program now is no server", { timeout: LONG }, async () => {
  const first = await start();
  const port = first.port;
  await first.stop();
  const data = join(root, "postgres", "data");
  await writeFile(join(data, "postmaster.pid"), `${process.pid}\n${data}\n0\n${port}\n/tmp\n127.0.0.1\n  0 0\nready\n`);
  const second = await start();
  expect(second.adopted).toBe(false);
});

test("A1: an empty lock file, as a lost power leaves it, does not keep the server down", { timeout: LONG }, async () => {
  await (await start()).stop();
  await writeFile(join(root, "postgres", "data", "postmaster.pid"), "");
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second.connectionUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
});

test("A1: a cluster of another major version is refused with the remedy", { timeout: LONG }, async () => {
  await (await start()).stop();
  await writeFile(join(root, "postgres", "data", "PG_VERSION"), "12\n");
  await expect(start()).rejects.toMatchObject({ code: "database_version", message: expect.stringContaining("embedded_bin_dir") });
});

test("A1: when another program has taken the port, the server moves to a free one", { timeout: LONG }, async () => {
  const first = await start();
  const port = first.port;
  await first.stop();
  const intruder = createServer().listen(port, "127.0.0.1");
  await once(intruder, "listening");
  try {
    const second = await start();
    expect(second.port).not.toBe(port);
    expect(await query(second.tcpUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
    await expect(start({ dir: join(root, "other"), port })).rejects.toMatchObject({ code: "port_in_use" });
  } finally {
    intruder.close();
  }
});

test("A1: a path too long for a socket gets one in the temporary folder", { timeout: LONG }, async () => {
  const dir = join(root, "long".repeat(20), "postgres");
  const postgres = await start({ dir });
  const folder = new URL(postgres.connectionUrl("postgres")).searchParams.get("host") ?? "";
  expect(folder.startsWith(join(tmpdir(), "polyflow-"))).toBe(true);
  expect(await query(postgres.connectionUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
  await postgres.stop();
  await rm(folder, { recursive: true });
});

test.runIf(IS_ROOT)("A1: under root it works below a folder that is closed to everybody else", { timeout: LONG }, async () => {
  const closed = join(root, "closed");
  await mkdir(closed, { mode: 0o700 });
  const { binDir } = await locatePostgresBinaries(undefined);
  execFileSync("cp", ["-a", dirname(binDir), join(closed, "programs")]);
  const postgres = await start({ dir: join(closed, "postgres"), binDir: join(closed, "programs", "bin") });
  expect(await query(postgres.connectionUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
  await expect(
    query(postgres.connectionUrl("postgres"), `copy (select 1) to '${join(closed, "written")}'`),
    "the capability lets the server pass, not write",
  ).rejects.toThrow("Permission denied");
});

test("A1: a folder without PostgreSQL is refused with the name of the option", { timeout: LONG }, async () => {
  await expect(start({ binDir: root })).rejects.toMatchObject({
    code: "embedded_postgres_failed",
    message: expect.stringContaining("embedded_bin_dir"),
  });
});

test.runIf(existsSync(SYSTEM_BIN_DIR))("A1: an installed PostgreSQL of another version serves as well", { timeout: LONG }, async () => {
  const postgres = await start({ binDir: SYSTEM_BIN_DIR });
  expect(await query(postgres.connectionUrl("postgres"), "select current_setting('server_version_num')::int / 10000 as major")).toEqual([
    { major: 15 },
  ]);
});
