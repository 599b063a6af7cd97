import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { TestProject } from "../harness/project.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

const good = (id: string): string => `
import { dag, task } from "@polyflow/sdk";
const hello = task("hello", async () => "hello");
export const example = dag({ id: "${id}", schedule: null }, () => { hello(); });
`;

interface ImportErrors {
  readonly import_errors: readonly { readonly filename: string; readonly stack_trace: string }[];
}

let project: TestProject;
let polyflow: Standalone;
let client: RestClient;

beforeAll(async () => {
  project = new TestProject({ "dags/good.ts": good("good") });
  polyflow = await Standalone.start({
    projects: [project.dir],
    examples: false,
    env: { POLYFLOW__DAG_PROCESSOR__PARSE_TIMEOUT: "3", POLYFLOW__DAG_PROCESSOR__PARSE_MEMORY_MB: "256" },
  });
  client = await polyflow.client();
  await client.waitForDag("good");
});
afterAll(async () => {
  await polyflow.remove();
  project.remove();
});

async function importError(file: string): Promise<string> {
  return await eventually(`an import error of ${file}`, async () => {
    const { import_errors: errors } = await client.request<ImportErrors>("GET", "/api/v2/importErrors");
    return errors.find((error) => error.filename.endsWith(file))?.stack_trace;
  });
}

const BROKEN: readonly (readonly [name: string, source: string, expected: RegExp])[] = [
  ["syntax", "export const x = {;\n", /syntax\.ts:1:1[0-9]|dag_file_syntax/],
  ["loops", "while (true) {}\n", /3 s|timeout|longer/i],
  ["allocates", "const all: Uint8Array[] = [];\nfor (;;) all.push(new Uint8Array(16 << 20).fill(1));\n", /memory/i],
  ["throws", "const missing: { x?: { y: number } } = {};\nconsole.log(missing.x!.y);\nexport {};\n", /throws\.ts:2/],
  ["exits", "process.exit(0);\n", /exit/i],
];

test.each(BROKEN)("a file that %s is an import error, and all other DAGs go on", async (name, source, expected) => {
  project.write(`dags/${name}.ts`, source);
  expect(await importError(`${name}.ts`)).toMatch(expected);
  const run = await client.runDag("good");
  expect(run.state).toBe("success");
  project.write(`dags/new-beside-${name}.ts`, good(`beside_${name}`));
  await client.waitForDag(`beside_${name}`);
});

test("mending a file clears its error with no command", async () => {
  project.write("dags/syntax.ts", good("mended"));
  await client.waitForDag("mended");
  const { import_errors: errors } = await client.request<ImportErrors>("GET", "/api/v2/importErrors");
  expect(errors.some((error) => error.filename.endsWith("syntax.ts"))).toBe(false);
});

test("a broken change keeps the last good version in force", async () => {
  project.write("dags/good.ts", "export const broken = ;\n");
  await importError("good.ts");
  expect((await client.runDag("good")).state).toBe("success");
});
