import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { startTemporaryPostgres } from "@polyflow/embedded-postgres";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Superuser URL of a throw-away cluster on 127.0.0.1; each test file creates a database of its own there. */
    postgresUrl: string;
  }
}

/** Starts one throw-away PostgreSQL for the run, if a room whose tests run asks for it. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const files = await project.globTestFiles(fileFilters(project.vitest));
  const rooms = new Set(files.testFiles.map((file) => roomOf(project.config.root, file)));
  if (![...rooms].some(asksForPostgres)) return undefined;
  const postgres = await startTemporaryPostgres();
  project.provide("postgresUrl", postgres.adminUrl);
  return () => postgres.stop();
}

/** The names given on the command line; Vitest keeps them, without declaring it. */
function fileFilters(vitest: object): string[] | undefined {
  const filters: unknown = "filenamePattern" in vitest ? vitest.filenamePattern : undefined;
  return Array.isArray(filters) ? filters.map(String) : undefined;
}

/** `packages/store-postgres/src/run/a.test.ts` → `<root>/packages/store-postgres/src` */
function roomOf(root: string, file: string): string {
  return join(root, ...relative(root, file).split(sep).slice(0, -1).slice(0, 3));
}

function asksForPostgres(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes("node_modules"))
    .some((name) => readFileSync(join(folder, name), "utf8").includes('"postgresUrl"'));
}
