import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";

/** A step of the schema's history. Steps are only ever appended. */
export interface Migration {
  readonly number: number;
  /** File name without `.sql`. */
  readonly name: string;
  /** True when a Polyflow that does not know this step must not work on a database that has it. */
  readonly isBreaking: boolean;
  readonly sql: string;
  readonly checksum: string;
}

const FILE_PATTERN = /^(\d{4})-[a-z0-9-]+\.sql$/;
const FOLDER = join(import.meta.dirname, "..", "migrations");

/** Reads the steps that this version of Polyflow knows, in order. */
export function readMigrations(folder: string = FOLDER): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
  return files.map((file, index) => parseMigration(file, index + 1, readFileSync(join(folder, file), "utf8")));
}

function parseMigration(file: string, expectedNumber: number, sql: string): Migration {
  const number = Number(FILE_PATTERN.exec(file)?.[1]);
  if (number !== expectedNumber) {
    throw new PolyflowError("internal", `Migration ${file} should have the number ${expectedNumber}: numbers run from 0001 without gaps.`);
  }
  const mark = /^-- (compatible|breaking)\n/.exec(sql)?.[1];
  if (mark === undefined) {
    throw new PolyflowError("internal", `Migration ${file} must begin with the line "-- compatible" or "-- breaking".`);
  }
  return {
    number,
    name: file.slice(0, -".sql".length),
    isBreaking: mark === "breaking",
    sql,
    checksum: createHash("sha256").update(sql).digest("hex"),
  };
}
