import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder = "";
beforeAll(() => {
  const root = mkdtempSync(join(tmpdir(), "sdk-import-"));
  folder = join(root, "project");
  mkdirSync(folder);
});
afterAll(() => rmSync(dirname(folder), { recursive: true }));

const HEADER = "// polyflow bundle of dags/report.ts\n";

/** Imports a bundle in a process of its own (the hooks are for the whole process) and gives what `script` prints as JSON. */
async function inProcess(code: string, script: string): Promise<unknown> {
  const main = join(dirname(folder), "main.mjs");
  const runtime = new URL("index.ts", import.meta.url).href;
  writeFileSync(
    main,
    `import { importBundle, originOf } from ${JSON.stringify(runtime)};
     const load = (code = ${JSON.stringify(HEADER + code)}) => importBundle({ code, projectDir: ${JSON.stringify(folder)}, purpose: "describe" });
     ${script}`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [main], { cwd: folder, env: {} });
  return JSON.parse(stdout);
}

describe("importing a bundle", () => {
  test("@polyflow packages come from our installation, though the project has none; unexported DAGs are found", async () => {
    const code = `import { dag } from "@polyflow/sdk"; dag("hidden", () => {}); export const shown = dag("shown", () => {});`;
    expect(await inProcess(code, `console.log(JSON.stringify((await load()).map((dag) => dag.dagId)))`)).toEqual(["hidden", "shown"]);
  });

  test("the module stands where the author's file stands", async () => {
    const code = `import { dag } from "@polyflow/sdk"; dag("a", () => {}); globalThis.where = import.meta.filename;`;
    const script = `const [dag] = await load(); console.log(JSON.stringify([where, originOf(dag)]))`;
    const file = join(folder, "dags/report.ts");
    expect(await inProcess(code, script)).toEqual([file, { file, line: 2, column: expect.any(Number) }]);
  });

  test("bundles imported one after another keep their DAGs apart", async () => {
    const code = `import { dag } from "@polyflow/sdk"; dag("a", () => {});`;
    const script = `const first = await load(); const second = await load(); console.log(JSON.stringify([first.length, second.length]))`;
    expect(await inProcess(code, script)).toEqual([1, 1]);
  });

  test("a task process does not pay for the spec, and gets it when it asks", async () => {
    const code = `import { bash, chain, dag } from "@polyflow/sdk";
      dag("round", () => { const [a, b] = ["a", "b"].map((id) => bash({ id, command: "" })); chain(a, b, a); });`;
    const script = `
      const [dag] = await importBundle({ code: ${JSON.stringify(HEADER + code)}, projectDir: "/", purpose: "run" });
      const ask = () => { try { return dag.spec } catch (error) { return error.message } };
      console.log(JSON.stringify([[...dag.tasks.keys()], ask()]))`;
    expect(await inProcess(code, script)).toEqual([["a", "b"], expect.stringContaining("wait for each other")]);
  });

  test("two DAGs of one id, and errors of the description, name the author's place", async () => {
    const catching = `try { await load() } catch (error) { console.log(JSON.stringify([error.code, error.message, error.details])) }`;
    const file = join(folder, "dags/report.ts");
    const twice = `import { dag } from "@polyflow/sdk"; dag("a", () => {});\ndag("a", () => {});`;
    expect(await inProcess(twice, catching)).toEqual([
      "dag_invalid",
      'The file describes two DAGs "a". Give one of them another id.',
      { location: { file, line: 3, column: 1 } },
    ]);
    const unknown = `import { bash, dag } from "@polyflow/sdk";\n\ndag("a", () => {\n  bash({ id: "x", command: "", retrys: 1 });\n});`;
    expect(await inProcess(unknown, catching)).toMatchObject([
      "dag_invalid",
      /there is no option "retrys"/,
      { location: { file, line: 5 } },
    ]);
  });
});
