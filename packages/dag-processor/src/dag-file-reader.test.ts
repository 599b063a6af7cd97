import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDagFileReader, type DagFileReader } from "./dag-file-reader.ts";
import { dagSource, TemporaryProject } from "./testing/temporary-project.ts";

const IMPORTS = `import { bash, dag, chain, task } from "@polyflow/sdk";\n`;
const FILES = {
  "dags/good.ts": dagSource("good", `, schedule: "0 3 * * *"`),
  "dags/syntax.ts": "const a = 1;\nconst b = (;\n",
  "dags/unresolved.ts": `import _ from "lodash-missing";\nconsole.log(_);\n`,
  "dags/no-package.ts": `\nimport { x } from "@polyflow/nothing";\nconsole.log(x);\n`,
  "dags/throws.ts": `import { deep } from "../lib/deep.ts";\nconst where: string = "here";\ndeep(where);\n`,
  "lib/deep.ts": `export interface Unused { a: string }\nexport function deep(where: string): void {\n  throw new RangeError(\`boom \${where}\`);\n}\n`,
  "dags/throws-text.ts": `throw "no error";\n`,
  "dags/throws-later.ts": `setTimeout(() => { throw new Error("later"); }, 1);\nawait new Promise(() => {});\n`,
  "dags/rejects.ts": `void Promise.reject(new Error("unhandled"));\nawait new Promise(() => {});\n`,
  "dags/loop.ts": "while (true);\n",
  "dags/never.ts": "await new Promise(() => {});\n",
  "dags/heap.ts": "const all: unknown[] = [];\nfor (;;) all.push(new Array(1000).fill(0).map((_, i) => ({ i })));\n",
  "dags/buffers.ts": "const all: Buffer[] = [];\nfor (;;) all.push(Buffer.alloc(1_000_000, 1));\n",
  "dags/exit.ts": `console.log("bye"); process.exit(0);\n`,
  "dags/kill.ts": `process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {});\n`,
  "dags/prints.ts": `const line = "x".repeat(1_000_000);\nfor (let i = 0; i < 100; i++) process.stdout.write(line);\n${dagSource("prints")}`,
  "dags/cycle.ts": `${IMPORTS}dag("round", () => {\n  const [a, b] = ["a", "b"].map((id) => bash({ id, command: "" }));\n  chain(a, b, a);\n});\n`,
  "dags/twice.ts": `${IMPORTS}dag("twice", () => {\n  bash({ id: "a", command: "" });\n  bash({ id: "a", command: "" });\n});\n`,
  "dags/huge.ts": `${IMPORTS}dag("huge", () => {\n  for (let i = 0; i < 10_000; i++) bash({ id: "t" + i, command: "true" });\n});\n`,
  "dags/cron.ts": dagSource("cron", `, schedule: "61 * * * *"`),
  "dags/cron-never.ts": dagSource("cron", `, schedule: "0 0 31 2 *"`),
  "dags/changed-spec.ts": `${dagSource("changed")}Object.assign(it.spec, { maxActiveRuns: "many" });\n`,
  "dags/secrets.ts": `import { readFileSync } from "node:fs";\nreadFileSync("/etc/passwd");\n`,
  "dags/spawns.ts": `import { execSync } from "node:child_process";\nexecSync("true");\n`,
  "dags/writes.ts": `import { writeFileSync } from "node:fs";\nwriteFileSync("written", "");\n`,
  "dags/sends.ts": `process.send?.({ kind: "dags", dags: [], reads: [] });\n${dagSource("sends")}`,
  "dags/environment.ts": `import { dag } from "@polyflow/sdk";\ndag({ id: "environment", tags: Object.keys(process.env).sort() }, () => {});\n`,
  "dags/from-files.ts": `import { readFileSync, readdirSync } from "node:fs";\nimport { bash, dag } from "@polyflow/sdk";
for (const name of readdirSync("config")) {
  const { id } = JSON.parse(readFileSync(new URL(\`../config/\${name}\`, import.meta.url), "utf8"));
  dag(id, () => { bash({ id: "a", command: "true" }); });
}\n`,
  "config/one.json": `{ "id": "from_one" }`,
  "dags/own-and-other.ts": `import { it as other } from "./good.ts";\n${dagSource("own").replace("it", "own")}console.log(other.dagId);\n`,
  "dags/made.ts": `import { make } from "../lib/make.ts";\nmake("made");\n`,
  "lib/make.ts": `import { bash, dag } from "@polyflow/sdk";\nexport const make = (id: string) => dag(id, () => { bash({ id: "a", command: "true" }); });\n`,
  "dags/no-dag.ts": "export const limit = 3;\n",
  "dags/common-js.ts": `import { createRequire } from "node:module";\nimport now from "cjs";\nconst require = createRequire(import.meta.url);\n${dagSource("common_js").replace('"true"', '"echo " + now() + require("node:os").EOL.length')}`,
  "node_modules/cjs/index.js": `const os = require("os"); module.exports = () => os.EOL.length;`,
  "node_modules/cjs/package.json": `{ "name": "cjs", "version": "1.0.0" }`,
  "dags/addon.ts": `import addon from "../lib/thing.node";\nconsole.log(addon);\n`,
  "lib/thing.node": "binary",
} as const;

const project = new TemporaryProject(FILES);
let reader: DagFileReader;
beforeAll(() => {
  const settings = { parseTimeoutMs: 1_500, memoryLimitMb: 160 };
  reader = createDagFileReader({ clock: systemClock, logger: silentLogger, projects: [project], settings });
});
afterAll(async () => {
  await reader.close();
  project[Symbol.dispose]();
});

async function read(name: string) {
  const result = await reader.read(project, `dags/${name}.ts`);
  if (result === undefined) throw new Error("nothing was read");
  return result;
}

async function readError(name: string) {
  const { parsed } = await read(name);
  return parsed.kind === "error" ? parsed : { unexpected: parsed.specs };
}

async function readDagIds(name: string) {
  const { parsed } = await read(name);
  return parsed.kind === "dags" ? parsed.specs.map((spec) => spec.dagId) : parsed;
}

describe("A1: a good file", () => {
  test("gives its specs, its source, and a bundle", async () => {
    const { parsed, inputs } = await read("good");
    expect(parsed).toMatchObject({
      kind: "dags",
      bundleName: "demo",
      relativePath: "dags/good.ts",
      source: FILES["dags/good.ts"],
      specs: [{ dagId: "good", schedule: { kind: "cron", expressions: ["0 3 * * *"] } }],
      bundle: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(inputs).toEqual([join(project.dir, "dags/good.ts")]);
  });

  test("the hash does not depend on where the project stands", async () => {
    using other = new TemporaryProject({ "dags/made.ts": FILES["dags/made.ts"], "lib/make.ts": FILES["lib/make.ts"] });
    const there = (await reader.read(other, "dags/made.ts"))?.parsed;
    const here = (await read("made")).parsed;
    expect(there).toMatchObject({ bundle: { hash: here.kind === "dags" ? here.bundle.hash : "none" } });
    expect(JSON.stringify(there)).not.toContain(other.dir);
  });

  test("a content that is known is not evaluated again", async () => {
    const { contentHash } = await read("good");
    expect(await reader.read(project, "dags/good.ts", contentHash)).toBeUndefined();
  });

  test("CommonJS packages are bundled and get their require, also beside one of the author's own", async () => {
    const { parsed } = await read("common-js");
    expect(parsed).toMatchObject({ specs: [{ dagId: "common_js", tasks: [{ details: { command: "echo 11" } }] }] });
  });

  test("a DAG of an imported DAG file stays with that file; one made by an imported function belongs to the importer", async () => {
    expect(await readDagIds("own-and-other")).toEqual(["own"]);
    expect(await readDagIds("made")).toEqual(["made"]);
  });

  test("no DAG is no error", async () => {
    expect(await readDagIds("no-dag")).toEqual([]);
  });

  test("what it looks at while it is imported is known", async () => {
    const { parsed, reads } = await read("from-files");
    expect(parsed).toMatchObject({ specs: [{ dagId: "from_one" }] });
    expect(reads.toSorted()).toEqual([join(project.dir, "config"), join(project.dir, "config/one.json")]);
  });

  test("D: the environment of the service is not there", async () => {
    const { parsed } = await read("environment");
    expect(parsed).toMatchObject({ specs: [{ tags: expect.not.arrayContaining(["HOME", "POLYFLOW_HOME"]) }] });
    expect(parsed.kind === "dags" && parsed.specs[0]?.tags.filter((name) => !name.startsWith("NODE_"))).toEqual(["LANG", "PATH", "TZ"]);
  });

  test("printing 100 MB neither fails the file nor fills the memory", async () => {
    const before = process.memoryUsage().rss;
    expect(await readDagIds("prints")).toEqual(["prints"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
  });
});

describe("F56: files that cannot be read say why and where", () => {
  test.each([
    ["syntax", { code: "dag_file_syntax", message: 'Unexpected ";"', line: 2, column: 12, stack: expect.stringContaining("const b = (;") }],
    ["unresolved", { code: "dag_file_syntax", message: expect.stringContaining("npm install lodash-missing"), line: 1 }],
    ["no-package", { code: "dag_file_syntax", message: expect.stringContaining('no "@polyflow/nothing" in this installation'), line: 2 }],
    ["addon", { code: "dag_file_syntax", message: expect.stringContaining("native addon") }],
    [
      "throws",
      {
        code: "dag_file_threw",
        message: "lib/deep.ts:3: RangeError: boom here",
        line: null,
        stack: expect.stringMatching(/at deep \(lib\/deep\.ts:3:9\)\n.*dags\/throws\.ts:3:1/),
      },
    ],
    ["throws-text", { code: "dag_file_threw", message: 'The file threw "no error", which is no Error.' }],
    ["throws-later", { code: "dag_file_threw", message: "Error: later", line: 1 }],
    ["rejects", { code: "dag_file_threw", message: "Error: unhandled", line: 1 }],
    ["loop", { code: "dag_file_timeout", message: expect.stringContaining("more than 1.5 s") }],
    ["never", { code: "dag_file_timeout", message: expect.stringContaining("wait at the top level") }],
    ["heap", { code: "dag_file_memory", message: expect.stringContaining("more than 160 MB") }],
    ["buffers", { code: "dag_file_memory", message: expect.stringContaining("more than 160 MB") }],
    ["exit", { code: "dag_file_exited", message: expect.stringMatching(/exit code 0.*It printed: bye/) }],
    ["kill", { code: "dag_file_exited", message: expect.stringContaining("killed by SIGKILL") }],
    ["cycle", { code: "dag_invalid", message: expect.stringContaining("wait for each other"), line: 2 }],
    ["twice", { code: "dag_invalid", message: expect.stringContaining('two tasks "a"'), line: 4, column: 3 }],
    ["huge", { code: "dag_invalid", message: expect.stringContaining("10000 tasks"), line: 2 }],
    ["cron", { code: "dag_invalid", message: expect.stringContaining("61 * * * *"), line: 2 }],
    ["cron-never", { code: "dag_invalid", message: expect.stringContaining("0 0 31 2 *"), line: 2 }],
    ["changed-spec", { code: "dag_invalid", message: expect.stringContaining("maxActiveRuns") }],
    ["secrets", { code: "dag_file_threw", message: expect.stringContaining("FileSystemRead of /etc/passwd is not allowed"), line: 2 }],
    ["spawns", { code: "dag_file_threw", message: expect.stringContaining("ChildProcess of /bin/sh is not allowed"), line: 2 }],
    ["writes", { code: "dag_file_threw", message: expect.stringContaining("FileSystemWrite"), line: 2 }],
  ])("%s", async (name, expected) => {
    expect(await readError(name)).toMatchObject({ kind: "error", relativePath: `dags/${name}.ts`, ...expected });
  });

  test("a file cannot read another project", async () => {
    using other = new TemporaryProject({
      "dags/spy.ts": `import { readFileSync } from "node:fs";\nreadFileSync("${project.dir}/config/one.json");\n`,
    });
    expect((await reader.read(other, "dags/spy.ts"))?.parsed).toMatchObject({ message: expect.stringContaining("FileSystemRead") });
  });

  test("a file cannot answer in place of the processor's own code", async () => {
    expect(await readDagIds("sends")).toEqual(["sends"]);
  });
});

describe("processes", () => {
  test("none is left after close, and what runs then ends without a result", async () => {
    const own = createDagFileReader({ clock: systemClock, logger: silentLogger, projects: [project] });
    const outcome = own.read(project, "dags/never.ts").then(
      () => "published",
      (error: unknown) => String(error),
    );
    const children = childrenOf(process.pid);
    expect(children.length).toBeGreaterThan(0);
    await own.close();
    expect(await outcome).toMatch(/stopped|ended before it was ready/);
  });

  test("a project that is reached through a symbolic link", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dag-processor-link-"));
    const dir = join(folder, "link");
    symlinkSync(project.dir, dir);
    const linked = { name: "linked", dir };
    const own = createDagFileReader({ clock: systemClock, logger: silentLogger, projects: [linked] });
    expect((await own.read(linked, "dags/good.ts"))?.parsed).toMatchObject({ kind: "dags", specs: [{ dagId: "good" }] });
    expect((await own.read(linked, "dags/twice.ts"))?.parsed).toMatchObject({ code: "dag_invalid", line: 4 });
    await own.close();
    rmSync(folder, { recursive: true });
  });
});

function childrenOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ");
  });
}
