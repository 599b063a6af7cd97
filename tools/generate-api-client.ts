/**
 * Writes docs/api/openapi.json and the types of packages/api-client from the server's routes.
 * With `--check` it writes nothing and fails when a committed file is not what the routes give.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { buildOpenApiDocument } from "@polyflow/server";
import openapiTypescript, { astToString } from "openapi-typescript";

const DOCUMENT = "docs/api/openapi.json";
const TYPES = "packages/api-client/src/generated/schema.gen.ts";
const NOTICE = "/** Made by tools/generate-api-client.ts from the routes of the server. Do not edit. */\n/* oxlint-disable */\n";
/** Parts of a document that ours has none of. */
const UNUSED = /^export type (?:webhooks|operations|\$defs) = Record<string, never>;\n/gm;

/** The files as the routes give them now, by path. */
export async function generateApiClient(): Promise<ReadonlyMap<string, string>> {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { readonly version: string };
  const document = `${JSON.stringify(await buildOpenApiDocument(version), null, 2)}\n`;
  // Not `immutable`: openapi-fetch takes a readonly array in an answer for an object, whose elements no caller can then reach.
  const types = astToString(await openapiTypescript(document, { alphabetize: true, defaultNonNullable: false }));
  return new Map([
    [DOCUMENT, document],
    [TYPES, NOTICE + types.replaceAll(UNUSED, "")],
  ]);
}

/** Committed files that differ from what the routes give. */
export async function staleApiClientFiles(): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [path, text] of await generateApiClient()) {
    const committed = await readFile(path, "utf8").catch(() => undefined);
    if (committed !== text) stale.push(path);
  }
  return stale;
}

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const stale = await staleApiClientFiles();
    for (const path of stale) console.error(`${path} is not what the server's routes give. Run: node tools/generate-api-client.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const [path, text] of await generateApiClient()) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
}
