import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDagFileReader, type DagFileReader } from "./dag-file-reader.ts";
import { HAZARD_FILES } from "./testing/hazard-files.ts";
import { TemporaryProject } from "./testing/temporary-project.ts";

const project = new TemporaryProject(HAZARD_FILES);
let reader: DagFileReader;
beforeAll(() => {
  const settings = { parseTimeoutMs: 3_000, memoryLimitMb: 256 };
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
      source: HAZARD_FILES["dags/good.ts"],
      specs: [{ dagId: "good", schedule: { kind: "cron", expressions: ["0 3 * * *"] } }],
      bundle: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(inputs).toEqual([join(project.dir, "dags/good.ts")]);
  });

  test("the hash does not depend on where the project stands", async () => {
    using other = new TemporaryProject({ "dags/made.ts": HAZARD_FILES["dags/made.ts"], "lib/make.ts": HAZARD_FILES["lib/make.ts"] });
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
    ["loop", { code: "dag_file_timeout", message: expect.stringContaining("more than 3 s") }],
    ["never", { code: "dag_file_timeout", message: expect.stringContaining("wait at the top level") }],
    ["heap", { code: "dag_file_memory", message: expect.stringContaining("more than 256 MB") }],
    ["buffers", { code: "dag_file_memory", message: expect.stringContaining("more than 256 MB") }],
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
