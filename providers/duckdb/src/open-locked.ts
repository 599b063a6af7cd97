import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Duckdb from "@duckdb/node-api";
import { PolyflowError } from "@polyflow/contracts";
import type { InputFile } from "./input-files.ts";

export interface LockedDatabase {
  readonly connection: Duckdb.DuckDBConnection;
  close(): Promise<void>;
}

export interface LockedOptions {
  readonly projectDir: string;
  readonly files: readonly InputFile[];
  readonly memoryMb: number;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a database in memory that reaches the project's folder, the given files and a temporary folder of its own, has a view of each
 * file, and can be told nothing else afterwards: its settings are locked, extensions and the network are off. An abort interrupts it.
 */
export async function openLocked({ projectDir, files, memoryMb, threads, signal }: LockedOptions): Promise<LockedDatabase> {
  signal.throwIfAborted();
  const { DuckDBInstance } = await importDuckdb();
  const temporary = await mkdtemp(join(await realpath(tmpdir()), "polyflow-duckdb-"));
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(threads),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
  });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  const close = async (): Promise<void> => {
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
    instance.closeSync();
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    const folders = [...new Set([projectDir, await realpath(projectDir)]), temporary].map((folder) => `${folder}/`);
    await connection.run(`set memory_limit = '${memoryMb}MB'`);
    await connection.run(`set temp_directory = ${literal(temporary)}`);
    await connection.run("set TimeZone = 'UTC'");
    await connection.run(`set allowed_directories = [${folders.map(literal).join(", ")}]`);
    if (files.length > 0) await connection.run(`set allowed_paths = [${files.map(({ path }) => literal(path)).join(", ")}]`);
    await connection.run("set enable_external_access = false");
    await connection.run("set lock_configuration = true");
    for (const { name, path, reader } of files)
      await connection.run(`create view ${quoted(name)} as select * from ${reader}(${literal(path)})`);
    signal.addEventListener("abort", interrupt, { once: true });
    return { connection, close };
  } catch (error) {
    await close();
    throw error instanceof PolyflowError ? error : new PolyflowError("source_unreadable", `DuckDB: ${messageOf(error)}`, { cause: error });
  }
}

async function importDuckdb(): Promise<typeof Duckdb> {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    throw new PolyflowError(
      "config_invalid",
      "DuckDB is not installed; it is no part of the base. Run: npm install @duckdb/node-api@1.5.6-r.1",
      { cause: error },
    );
  }
}

/** @example quoted('a"b') // '"a""b"' */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What DuckDB says, without its drawing of the statement. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
