import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { buildOpenApiDocument } from "./openapi-document.ts";

interface Schema {
  readonly $ref?: string;
  readonly properties?: { readonly [name: string]: Schema };
}
interface Operation {
  readonly summary?: string;
  readonly responses: { readonly [status: string]: { readonly content?: { readonly [type: string]: { readonly schema?: Schema } } } };
}
interface OpenApi {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: Schema } };
}

const document = (await buildOpenApiDocument("1.2.3")) as OpenApi;
const METHODS = ["get", "post", "put", "patch", "delete"];

function operations(api: OpenApi): (readonly [string, Operation])[] {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] === undefined ? [] : [[`${method} ${path}`, item[method]] as const])),
  );
}

/** Names of the fields of the first successful JSON answer. */
function answerFields(api: OpenApi, operation: Operation): readonly string[] {
  const status = Object.keys(operation.responses).find((code) => code.startsWith("2")) ?? "";
  return fieldsOf(api, operation.responses[status]?.content?.["application/json"]?.schema);
}

function fieldsOf(api: OpenApi, schema: Schema | undefined): readonly string[] {
  const name = schema?.$ref?.split("/").at(-1);
  const resolved = name === undefined ? schema : api.components.schemas[name];
  return Object.keys(resolved?.properties ?? {}).toSorted();
}

describe("the OpenAPI document (C4)", () => {
  test("is the same each time, whole, and tells of the public API alone", async () => {
    expect(await buildOpenApiDocument("1.2.3")).toEqual(document);
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]?.split("/").at(-1) ?? "");
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
    expect(Object.keys(document.paths).filter((path) => !/^\/(api\/v2|auth)\//.test(path))).toEqual([]);
    for (const [name, operation] of operations(document)) expect(operation.summary, name).toBeTruthy();
  });

  // The published description of Airflow's API is not part of this repository: name its file to compare.
  const standardFile = process.env["POLYFLOW_AIRFLOW_OPENAPI"];
  test.skipIf(standardFile === undefined)(
    "has paths, methods and fields of Airflow's API (skipped: needs POLYFLOW_AIRFLOW_OPENAPI)",
    () => {
      const standard = parse(readFileSync(standardFile ?? "", "utf8")) as OpenApi;
      const known = new Map(operations(standard));
      const ours = operations(document).filter(([name]) => name.includes("/api/v2/"));
      expect(ours.length).toBeGreaterThan(35);
      for (const [name, operation] of ours) {
        const theirs = known.get(name);
        expect(theirs, name).toBeDefined();
        if (theirs === undefined) continue;
        const status = Object.keys(theirs.responses).find((code) => code.startsWith("2")) ?? "";
        // Airflow says 200 for deleting a DAG, which has nothing to answer with.
        if (name !== "delete /api/v2/dags/{dag_id}") expect(Object.keys(operation.responses), name).toContain(status);
        const missing = answerFields(standard, theirs).filter((field) => !answerFields(document, operation).includes(field));
        expect(missing, name).toEqual([]);
      }
    },
  );
});
