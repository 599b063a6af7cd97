import { cpSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { afterAll, describe, expect, test } from "vitest";
import { bundleFile, bundleFiles } from "./bundle-file.ts";
import { createDagFileReader, type DagFileReader, type ReadFile } from "./dag-file-reader.ts";
import type { Project } from "./options.ts";
import { HAZARD_FILES } from "./testing/hazard-files.ts";
import { dagSource, TemporaryProject } from "./testing/temporary-project.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const MODULES = join(import.meta.dirname, "../../../node_modules");
const LONG = { timeout: 120_000 };

const readers: DagFileReader[] = [];
afterAll(() => Promise.all(readers.map((reader) => reader.close())));

function readerOf(project: Project, settings = {}): DagFileReader {
  const limits = { parseTimeoutMs: 3_000, memoryLimitMb: 160, readableFolders: [MODULES], ...settings };
  const reader = createDagFileReader({ clock: systemClock, logger: silentLogger, projects: [project], settings: limits });
  readers.push(reader);
  return reader;
}

async function readMany(reader: DagFileReader, project: Project, paths: readonly string[]) {
  const found = await reader.readMany(
    project,
    paths.map((relativePath) => ({ relativePath })),
  );
  return new Map([...found].flatMap(([path, read]) => (read === "unchanged" ? [] : [[path, comparable(read)] as const])));
}

async function readAlone(reader: DagFileReader, project: Project, path: string) {
  const read = await reader.read(project, path);
  if (read === undefined) throw new Error("nothing was read");
  return comparable(read);
}

/** Without what no two readings have in common. */
function comparable({ parsed, inputs, reads, contentHash }: ReadFile) {
  const same = parsed.kind === "dags" ? { ...parsed, parseDurationMs: 0, horizons: Object.keys(parsed.horizons ?? {}) } : parsed;
  return { parsed: same, inputs: inputs.toSorted(), reads: reads.toSorted(), contentHash };
}

function dagFilesOf(folder: string): readonly string[] {
  return readdirSync(join(folder, "dags"))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `dags/${name}`);
}

describe("many files read in one process", () => {
  test("F56, I32: with every hazard among them give what each gives alone; those that cannot share a process are named", LONG, async () => {
    using project = new TemporaryProject(HAZARD_FILES);
    const reader = readerOf(project);
    const paths = dagFilesOf(project.dir);
    const many = await readMany(reader, project, paths);
    const harmful = "buffers changed-spec exit heap kill loop never rejects throws-later";
    const left = paths.filter((path) => !many.has(path));
    for (const name of harmful.split(" ")) expect(left).toContain(`dags/${name}.ts`);
    for (const name of ["good", "made", "from-files", "own-and-other", "common-js", "twice"])
      expect([...many.keys()]).toContain(`dags/${name}.ts`);
    for (const [path, read] of many) expect(read).toEqual(await readAlone(reader, project, path));
  });

  test("all examples: the same specs, bundles, inputs and reads", LONG, async () => {
    const dir = mkdtempSync(join(tmpdir(), "dag-processor-examples-"));
    for (const folder of ["dags", "metadata", "source"]) cpSync(join(EXAMPLES, folder), join(dir, folder), { recursive: true });
    const project = { name: "examples", dir };
    const reader = readerOf(project, { memoryLimitMb: 512, parseTimeoutMs: 30_000 });
    const paths = dagFilesOf(dir);
    const many = await readMany(reader, project, paths);
    for (const [path, read] of many) expect(read).toEqual(await readAlone(reader, project, path));
    // What takes a second on a busy machine (one reads all of metadata/) is left to be read by itself.
    expect(paths.filter((path) => !many.has(path)).length).toBeLessThanOrEqual(2);
    rmSync(dir, { recursive: true });
  });

  test("compiled together they are what each is when compiled alone, wherever shared files and errors stand", LONG, async () => {
    using project = new TemporaryProject({
      ...HAZARD_FILES,
      "lib/broken.ts": "const = ;\n",
      "dags/imports-broken.ts": `import "../lib/broken.ts";\n`,
    });
    const paths = dagFilesOf(project.dir);
    const many = await bundleFiles(project.dir, paths);
    for (const path of paths) {
      const alone = await bundleFile(project.dir, path);
      expect({ path, bundle: many.get(path) }).toEqual({ path, bundle: alone.kind === "bundle" ? alone.bundle : undefined });
    }
    expect([...many.keys()]).toContain("dags/made.ts");
  });
});

/** What a file may do to those after it, and how one of them would see it. */
const POLLUTIONS: readonly (readonly [name: string, spoils: string, sees: string])[] = [
  ["a global variable", "globalThis.leak = 1;", "typeof globalThis.leak"],
  ["a global that cannot be deleted", `Object.defineProperty(globalThis, "leak", { value: 1 });`, "typeof globalThis.leak"],
  ["a prototype", "Array.prototype.leak = 1;", "String([].leak)"],
  ["a hidden prototype", "Object.getPrototypeOf(function* () {}).leak = 1;", "String((function* () {}).leak)"],
  ["a function of the language", "Date.now = () => 0;", "String(Date.now() === 0)"],
  ["JSON", "JSON.stringify = () => 'spoilt';", "JSON.stringify([1])"],
  ["an accessor", `Object.defineProperty(Map.prototype, "size", { get: () => 7 });`, "String(new Map().size)"],
  ["the stack", "Error.stackTraceLimit = 0;", "String(Error.stackTraceLimit)"],
  ["the environment", `process.env.LEAK = "1";`, "String(process.env.LEAK)"],
  ["the folder", `process.chdir("dags");`, "String(process.cwd().endsWith('dags'))"],
  ["a module of Node", `process.getBuiltinModule("fs").readFileSync = () => "spoilt";`, `String(readFileSync("data.txt"))`],
  ["a module of Node that it imports", "crypto.randomUUID = () => 'spoilt';", "String(crypto.randomUUID() === 'spoilt')"],
  ["the SDK", "bash.leak = 1;", "String(bash.leak)"],
  ["a listener", `process.on("warning", () => {});`, `String(process.listenerCount("warning"))`],
  [
    "a module beside its bundle",
    `(await import(String("../lib/state.mjs"))).state.leak = 1;`,
    `String((await import(String("../lib/state.mjs"))).state.leak)`,
  ],
  [
    "a required module",
    `createRequire(import.meta.url)("../lib/state.cjs").leak = 1;`,
    `String(createRequire(import.meta.url)("../lib/state.cjs").leak)`,
  ],
  ["a timer", "setInterval(() => { globalThis.leak = 1; }, 1);", "typeof globalThis.leak"],
  ["a DAG before it fails", `dag("early", () => {}); throw new Error("after a DAG");`, `"nothing"`],
];

const IMPORTS = `import crypto from "node:crypto";\nimport { readFileSync } from "node:fs";\nimport { createRequire } from "node:module";\nimport { bash, dag } from "@polyflow/sdk";\n`;

describe("what a file does to what all files share", () => {
  test.each(POLLUTIONS)("%s: the files after it do not see it", LONG, async (_name, spoils, sees) => {
    using project = new TemporaryProject({
      "data.txt": "pure",
      "lib/state.mjs": "export const state = {};",
      "lib/state.cjs": "module.exports = {};",
      "dags/a.ts": dagSource("a"),
      "dags/b.ts": `${IMPORTS}void [crypto, readFileSync, createRequire, bash];\n${spoils}\ndag("b", () => {});\n`,
      "dags/c.ts": `${IMPORTS}void [crypto, readFileSync, createRequire, bash];\ndag({ id: "c", tags: [${sees}] }, () => {});\n`,
      "dags/d.ts": dagSource("d"),
    });
    const reader = readerOf(project);
    const many = await readMany(reader, project, dagFilesOf(project.dir));
    expect(many.size).toBe(4);
    for (const [path, read] of many) expect(read).toEqual(await readAlone(reader, project, path));
  });
});

describe("the processes", () => {
  test("killed in the middle of a chunk: each file has its answer or is left for a process of its own", LONG, async () => {
    const files = Array.from({ length: 40 }, (_, index) => [`dags/f${String(index).padStart(2, "0")}.ts`, dagSource(`f${index}`)] as const);
    using project = new TemporaryProject({
      ...Object.fromEntries(files),
      "dags/f20.ts": `await new Promise((go) => setTimeout(go, 400));\n${dagSource("f20")}`,
    });
    const reader = readerOf(project);
    const reading = readMany(reader, project, dagFilesOf(project.dir));
    const victim = await busyChild();
    process.kill(victim, "SIGKILL");
    const many = await reading;
    expect(many.size).toBeGreaterThanOrEqual(39);
    for (const [path, { parsed }] of many)
      expect(parsed).toMatchObject({ kind: "dags", specs: [{ dagId: path.replace(/^dags\/f0?(\d+)\.ts$/, "f$1") }] });
    expect((await readAlone(reader, project, "dags/f20.ts")).parsed).toMatchObject({ specs: [{ dagId: "f20" }] });
  });

  test("serve as many files as is allowed, and one project only", LONG, async () => {
    const pidDag = (id: string) => `import { dag } from "@polyflow/sdk";\ndag({ id: "${id}", tags: [String(process.pid)] }, () => {});\n`;
    const files = Object.fromEntries(["a", "b", "c", "d"].map((id) => [`dags/${id}.ts`, pidDag(id)]));
    using one = new TemporaryProject(files);
    using two = new TemporaryProject(files);
    const reader = readerOf(one, { filesPerProcess: 4 });
    const pids: string[] = [];
    for (const [project, paths] of [
      [one, ["dags/a.ts", "dags/b.ts"]],
      [two, ["dags/a.ts", "dags/b.ts"]],
      [one, ["dags/c.ts", "dags/d.ts"]],
      [one, ["dags/a.ts", "dags/b.ts"]],
    ] as const) {
      const read = await readMany(reader, project, paths);
      pids.push([...new Set([...read.values()].flatMap(({ parsed }) => (parsed.kind === "dags" ? parsed.specs[0]?.tags : [])))].join());
    }
    const [first, ofOther, second, third] = pids;
    expect(second).toBe(first);
    expect(new Set([first, ofOther, third]).size).toBe(3);
  });
});

/** A child of ours that evaluates, once there is one that has begun with the project's files. */
async function busyChild(): Promise<number> {
  for (;;) {
    const pids = readdirSync(`/proc/${process.pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${process.pid}/task/${task}/children`, "utf8").trim().split(" "),
    );
    const busy = pids.map(Number).find((pid) => pid > 0 && isBusy(pid));
    if (busy !== undefined) return busy;
    await new Promise((go) => setTimeout(go, 2));
  }
}

/** It changes into the project's folder when it gets files. */
function isBusy(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).includes("dag-processor-");
  } catch {
    return false;
  }
}
