import { dagSource } from "./temporary-project.ts";

const IMPORTS = `import { bash, dag, chain, task } from "@polyflow/sdk";\n`;
/** A project with each kind of file that is good, bad or dangerous. */
export const HAZARD_FILES = {
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
