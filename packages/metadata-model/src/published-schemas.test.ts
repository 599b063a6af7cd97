import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

/** A folder with odcs-json-schema-v3.1.0.json and frictionless-*-2.0.json, as their projects publish them. */
const standards = process.env["POLYFLOW_TEST_STANDARDS"];
const METADATA = new URL("../../../examples/metadata/", import.meta.url);

function yamlFiles(folder: string): readonly (readonly [string, unknown])[] {
  const dir = new URL(`${folder}/`, METADATA);
  return readdirSync(dir).map((name) => [name, parse(readFileSync(new URL(name, dir), "utf8"))] as const);
}

function published(name: string): object {
  const { $schema: _, ...schema }: { readonly [key: string]: unknown } = JSON.parse(readFileSync(join(standards ?? "", name), "utf8"));
  return schema;
}

describe.skipIf(standards === undefined)("B1: the examples are valid by the standards they use", () => {
  test.each(yamlFiles("entities"))("ODCS 3.1.0: %s", (_name, document) => {
    const ajv = new Ajv2019({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(published("odcs-json-schema-v3.1.0.json"));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });

  // sources that are no files are our own
  test.each(yamlFiles("sources").filter(([, document]) => at(document, "path") !== undefined))(
    "Frictionless 2.0: %s",
    (_name, document) => {
      const parts = { dataresource: document, tableschema: at(document, "schema"), tabledialect: at(document, "dialect") };
      for (const [name, part] of Object.entries(parts)) {
        if (part === undefined) continue;
        const validate = new Ajv({ strict: false, validateFormats: false }).compile(published(`frictionless-${name}-2.0.json`));
        expect(validate(part), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true);
      }
    },
  );
});

function at(document: unknown, key: string): unknown {
  return typeof document === "object" && document !== null ? Reflect.get(document, key) : undefined;
}
