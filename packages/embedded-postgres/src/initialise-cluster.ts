import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFile, chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PolyflowError } from "@polyflow/contracts";
import { clusterSettings } from "./cluster-settings.ts";
import { commandAs, giveTo, type OperatingUser } from "./operating-user.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";

/** Name of the superuser of an embedded cluster. */
export const SUPERUSER = "polyflow";

export interface ClusterPaths {
  /** Everything of the cluster. */
  readonly dir: string;
  /** PGDATA. */
  readonly data: string;
  readonly password: string;
  readonly port: string;
  readonly log: string;
}

export function clusterPaths(dir: string): ClusterPaths {
  return {
    dir,
    data: join(dir, "data"),
    password: join(dir, "superuser-password"),
    port: join(dir, "port"),
    log: join(dir, "postgres.log"),
  };
}

/** Reads the major version of an existing cluster; undefined when there is none yet. */
export async function clusterMajor(paths: ClusterPaths): Promise<number | undefined> {
  const text = await readFile(join(paths.data, "PG_VERSION"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

const run = promisify(execFile);

/** Creates the cluster beside its place and moves it there at the end, so that a half-made one is never taken for whole. */
export async function initialiseCluster(
  paths: ClusterPaths,
  tools: { readonly binaries: PostgresBinaries; readonly user: OperatingUser; readonly durable: boolean },
): Promise<void> {
  const fresh = `${paths.data}.new`;
  const passwordForInitdb = `${paths.data}.password`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await giveTo(tools.user, fresh);
  const password = randomBytes(24).toString("base64url");
  await writeFile(paths.password, password, { mode: 0o600 });
  await chmod(paths.password, 0o600);
  await writeFile(passwordForInitdb, password, { mode: 0o600 });
  await giveTo(tools.user, passwordForInitdb);
  try {
    const args = [...initdbArguments(tools.binaries.major, tools.durable), "--pwfile", passwordForInitdb, "-D", fresh];
    const command = commandAs(tools.user, tools.binaries.initdb, args);
    await run(command.program, command.args, { ...command.ids, cwd: paths.dir });
  } catch (error) {
    throw new PolyflowError("embedded_postgres_failed", `PostgreSQL could not create a database in "${paths.data}": ${reason(error)}`, {
      cause: error,
    });
  } finally {
    await rm(passwordForInitdb, { force: true });
  }
  await appendFile(join(fresh, "postgresql.conf"), clusterSettings(tools.binaries.major, tools.durable));
  await rename(fresh, paths.data);
}

function initdbArguments(major: number, durable: boolean): readonly string[] {
  // The builtin provider sorts by code point and knows Unicode's letters, the same on every machine and after every update.
  const locale = major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] : ["--locale=C"];
  const sync = durable ? [] : ["--no-sync"];
  const quiet = major >= 14 ? ["--no-instructions"] : [];
  return ["--username", SUPERUSER, "--encoding=UTF8", ...locale, "--auth=scram-sha-256", "--data-checksums", ...quiet, ...sync];
}

function reason(error: unknown): string {
  if (typeof error === "object" && error !== null && "stderr" in error && String(error.stderr) !== "") return String(error.stderr).trim();
  return error instanceof Error ? error.message : String(error);
}
