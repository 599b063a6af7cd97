import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatProblem } from "./problem.ts";
import { checkProject, readFlow, readProject } from "./project.ts";

const SOURCE = `name: people
path: people.csv
format: csv
schema:
  fields:
    - {name: id, type: integer}
    - {name: name}
`;
const ENTITY = `apiVersion: v3.1.0
kind: DataContract
id: t.people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: name, logicalType: string}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
`;
const FLOW = `flow: people
source: {ref: people}
target: {ref: t.people}
load: {mode: merge}
on_reject: {fail_if: ">= 1.5%"}
`;

let projectDir: string;
beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), "metadata-model-"));
  write({ source: SOURCE, entity: ENTITY, flow: FLOW });
});
afterEach(() => rmSync(projectDir, { recursive: true, force: true }));

function write(files: { readonly source?: string; readonly entity?: string; readonly flow?: string }): void {
  const paths = { source: "sources/people.yaml", entity: "entities/people.odcs.yaml", flow: "flows/people.flow.yaml" };
  for (const [kind, text] of Object.entries(files)) put(`metadata/${paths[kind as keyof typeof paths]}`, text);
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(projectDir, path)), { recursive: true });
  writeFileSync(join(projectDir, path), text);
}

async function problems(): Promise<readonly string[]> {
  return (await checkProject(projectDir)).problems.map(formatProblem);
}

test("B1: a flow comes with its source, its entity and all defaults", async () => {
  const { flow, source, entity } = await readFlow(projectDir, "people");
  expect(flow).toMatchObject({
    connection: "df",
    keys: ["id"],
    onlyChanged: true,
    dedup: "last",
    contract: { tables: "evolve", columns: "freeze", dataType: "quarantine" },
    allowEmptySource: false,
    failIf: { inclusive: true, limit: 1.5, unit: "percent" },
    mapping: [
      { kind: "field", column: "id", field: "id" },
      { kind: "field", column: "name", field: "name" },
    ],
  });
  expect(source).toMatchObject({ encoding: "utf-8", fieldsMatch: "exact", dialect: { header: true, delimiter: ",", quoteChar: '"' } });
  expect(entity).toMatchObject({ schema: "public", table: "people", primaryKey: ["id"] });
  expect(entity.columns[0]).toMatchObject({ physicalType: "bigint", required: true });
  expect(entity.rules).toMatchObject([{ name: "rowCount", severity: "error", operator: { kind: "mustBeGreaterThan", value: 0 } }]);
});

describe("B1: problems name file, line, column, place and a proposal", () => {
  test.each([
    [
      "unknown key",
      { source: SOURCE.replace("format: csv", 'format: csv\ndialect:\n  delimeter: ";"') },
      "metadata/sources/people.yaml:5:3: dialect.delimeter: unknown key `delimeter`; did you mean `delimiter`?",
    ],
    [
      "value that is not allowed",
      { source: SOURCE.replace("type: integer", "type: interger") },
      'metadata/sources/people.yaml:6:24: schema.fields[0].type: "interger" is not allowed; did you mean `integer`?',
    ],
    [
      "missing key",
      { source: SOURCE.replace("path: people.csv\n", "") },
      "metadata/sources/people.yaml:1:1: the source does not say where it reads; write `path` for a file, or one of sql, collection, rest, soap, queue",
    ],
    [
      "path out of the project",
      { source: SOURCE.replace("people.csv", "../secret.csv") },
      'metadata/sources/people.yaml:2:7: path: the path "../secret.csv" leads out of the project\'s source folder; write a path relative to `source/`, or `package:<npm package>/<file>`',
    ],
    [
      "encoding",
      { source: SOURCE.replace("format: csv", "format: csv\nencoding: cp1252") },
      'metadata/sources/people.yaml:4:11: encoding: the encoding "cp1252" is not supported; did you mean `cp1251`?',
    ],
    [
      "date format",
      { source: SOURCE.replace("{name: name}", '{name: name, type: date, format: "%d.%q"}') },
      'metadata/sources/people.yaml:7:40: schema.fields[1].format: the format "%d.%q" has the unknown directive %q; known are %Y %y %m %d %b %B %H %M %S %f %z',
    ],
    [
      "bound that is no number",
      { source: SOURCE.replace("type: integer", "type: integer, constraints: {minimum: abc}") },
      'metadata/sources/people.yaml:6:56: schema.fields[0].constraints.minimum: "abc" is not a number',
    ],
    [
      "type that could smuggle SQL",
      { entity: ENTITY.replace("logicalType: string", 'logicalType: string, physicalType: "text); drop table x"') },
      'metadata/entities/people.odcs.yaml:10:57: schema[0].properties[1].physicalType: "text); drop table x" is not a type of a database; write one like `bigint` or `numeric(18,2)`',
    ],
    [
      "rule without operator",
      { entity: ENTITY.replace(", mustBeGreaterThan: 0", "") },
      "metadata/entities/people.odcs.yaml:12:9: schema[0].quality[0]: the rule says nothing about what its value must be; write exactly one of `mustBe`, `mustNotBe`, `mustBeGreaterThan`, `mustBeGreaterOrEqualTo`, `mustBeLessThan`, `mustBeLessOrEqualTo`, `mustBeBetween`, `mustNotBeBetween`",
    ],
    [
      "reference to nothing",
      { flow: FLOW.replace("{ref: people}", "{ref: peeple}") },
      'metadata/flows/people.flow.yaml:2:15: source.ref: no file in metadata/sources describes a source "peeple"; did you mean `people`?',
    ],
    [
      "mapping from an unknown field",
      { flow: `${FLOW}mapping:\n  - {to: id, from: idd}\n` },
      'metadata/flows/people.flow.yaml:7:20: mapping[0].from: the source people has no field "idd"; did you mean `id`?',
    ],
    [
      "merge without keys",
      { entity: ENTITY.replace(", primaryKey: true", "") },
      "metadata/flows/people.flow.yaml:4:7: load: a merge needs keys: without them every row would be added again; write `keys: [...]`",
    ],
    [
      "threshold",
      { flow: FLOW.replace(">= 1.5%", "1%") },
      'metadata/flows/people.flow.yaml:5:22: on_reject.fail_if: "1%" has the wrong form; write what is like "> 0", "> 100" or ">= 1.5%"',
    ],
  ])("%s", async (_name, files, message) => {
    write(files);
    expect(await problems()).toEqual([message]);
  });

  test("YAML that cannot be parsed", async () => {
    write({ source: "name: a\n  path: b\n" });
    expect((await problems())[0]).toMatch(/^metadata\/sources\/people\.yaml:\d+:\d+: not valid YAML: /);
  });
});

test("B1: all problems of all files come at once, and a broken source is not held against its flow", async () => {
  write({ source: SOURCE.replace("format: csv", "format: cvs"), entity: ENTITY.replace("kind: DataContract", "kind: Contract") });
  const error: unknown = await readProject(projectDir).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "metadata_invalid", message: expect.stringContaining("has 2 problems:") });
});

test("B1: a flow can be read although another one is broken, and says its own problems otherwise", async () => {
  put("metadata/flows/other.flow.yaml", "flow: other\nsource: {ref: nothing}\ntarget: {ref: t.people}\nload: {mode: append}\n");
  expect((await readFlow(projectDir, "people")).flow.name).toBe("people");
  await expect(readFlow(projectDir, "other")).rejects.toThrow(/1 problem:\n {2}metadata\/flows\/other\.flow\.yaml:2:15/);
  await expect(readFlow(projectDir, "peopel")).rejects.toThrow(/describes a flow "peopel"; did you mean `people`\?/);
});

test("two files of one name are a problem of the second", async () => {
  put("metadata/sources/people-again.yaml", SOURCE);
  expect(await problems()).toEqual([
    'metadata/sources/people.yaml:1:1: "people" is already described in metadata/sources/people-again.yaml; rename one of them',
  ]);
});
