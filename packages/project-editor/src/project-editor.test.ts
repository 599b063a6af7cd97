import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type EditedProject, ProjectEditor } from "./project-editor.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../..");
const LIMITS = { answerWithinMs: 30_000, memoryMb: 700, idleMs: 60_000 };
const created: string[] = [];
const editors: ProjectEditor[] = [];
let dir: string;
let editor: ProjectEditor;
const compiled: string[] = [];

/** Refuses files that hold the word "broken". */
async function compile(project: EditedProject, path: string, candidatePath: string) {
  compiled.push(candidatePath);
  const text = readFileSync(join(project.dir, candidatePath), "utf8");
  return text.includes("broken") ? [{ line: 1, column: 1, severity: "error" as const, message: `${path} is broken` }] : [];
}

function openEditor(limits = LIMITS): ProjectEditor {
  const folders = ["node_modules", "packages", "providers"].map((name) => join(REPOSITORY, name));
  const opened = new ProjectEditor({
    projects: [{ name: "main", dir }],
    clock: systemClock,
    logger: silentLogger,
    readableFolders: folders,
    limits,
    compile,
    checkMetadata: async (_project, path, content) =>
      content.includes("nonsense:") ? [{ line: 1, column: 1, severity: "error" as const, message: `${path}: unknown key` }] : [],
    metadataAssistant: () =>
      Promise.resolve({
        complete: ({ offset }) => ({ from: offset, items: [{ label: "path", kind: "property", sort: "1", insert: "path: " }] }),
        hover: ({ content }) => ({ text: content, documentation: "" }),
      }),
  });
  editors.push(opened);
  return opened;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "polyflow-editor-"));
  created.push(dir);
  mkdirSync(join(dir, "dags"));
  writeFileSync(join(dir, "dags/orders.ts"), "export const a = 1;\n");
  editor = openEditor();
});
afterAll(() => {
  for (const one of editors) one.stop();
  for (const folder of created) rmSync(folder, { recursive: true });
});

const save = (path: string, content: string, expected: string | null, force = false) =>
  editor.save("main", { path, content, expected, force });
const git = (...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", ...args], { cwd: dir, encoding: "utf8" });

describe("files of a project (C4)", () => {
  test("are listed without what belongs to tools, and without links", async () => {
    mkdirSync(join(dir, "node_modules/x"), { recursive: true });
    mkdirSync(join(dir, ".git"));
    symlinkSync("/etc", join(dir, "etc"));
    expect((await editor.tree("main")).map(({ path }) => path)).toEqual(["dags", "dags/orders.ts"]);
  });

  test("are saved whole, and two writers do not lose each other's work", async () => {
    const { hash } = await editor.read("main", "dags/orders.ts");
    const first = await save("dags/orders.ts", "export const a = 2;\n", hash);
    expect(first.hash).toMatch(/^[\da-f]{64}$/);
    await expect(save("dags/orders.ts", "export const a = 3;\n", hash)).rejects.toMatchObject({ code: "code_conflict" });
    await expect(save("dags/orders.ts", "new", null)).rejects.toMatchObject({ code: "code_conflict" });
    expect(readFileSync(join(dir, "dags/orders.ts"), "utf8")).toBe("export const a = 2;\n");
    await save("dags/new/deep.ts", "x", null);
    expect(readdirSync(join(dir, "dags/new"))).toEqual(["deep.ts"]);
    await expect(editor.remove("main", "dags/orders.ts", hash)).rejects.toMatchObject({ code: "code_conflict" });
    await editor.remove("main", "dags/orders.ts", first.hash ?? "");
    await expect(editor.read("main", "dags/orders.ts")).rejects.toMatchObject({ code: "not_found" });
    await editor.move("main", "dags/new/deep.ts", "dags/moved.ts");
    expect(existsSync(join(dir, "dags/moved.ts"))).toBe(true);
  });

  test("with errors are saved only when somebody insists; the candidate leaves no trace", async () => {
    const { hash } = await editor.read("main", "dags/orders.ts");
    expect(await save("dags/orders.ts", "broken", hash)).toMatchObject({ hash: null, problems: [{ message: "dags/orders.ts is broken" }] });
    expect(readFileSync(join(dir, "dags/orders.ts"), "utf8")).toBe("export const a = 1;\n");
    expect((await save("dags/orders.ts", "broken", hash, true)).hash).not.toBeNull();
    expect(compiled.at(-1)).toMatch(/^dags\/\.check-[\da-f]{8}-orders\.ts$/);
    expect(readdirSync(join(dir, "dags"))).toEqual(["orders.ts"]);
  });

  test("below metadata/ are checked as descriptions, while they are typed and before they are saved", async () => {
    const path = "metadata/sources/a.yaml";
    const problem = { line: 1, column: 1, severity: "error", message: `${path}: unknown key` };
    expect(await editor.diagnose("main", { path, content: "nonsense: 1" })).toEqual([problem]);
    expect(await editor.diagnose("main", { path: "other.yaml", content: "nonsense: 1" })).toEqual([]);
    expect((await editor.complete("main", { path, content: "p", offset: 1 })).items).toMatchObject([{ label: "path", insert: "path: " }]);
    expect((await editor.hover("main", { path, content: "path: a", offset: 1 })).text).toBe("path: a");
    expect((await editor.complete("main", { path: "other.yaml", content: "p", offset: 1 })).items).toEqual([]);
    expect(await save(path, "nonsense: 1", null)).toEqual({ hash: null, problems: [problem] });
    expect(existsSync(join(dir, path))).toBe(false);
    expect((await save(path, "fields: []", null)).problems).toEqual([]);
    await expect(editor.diagnose("main", { path: "metadata/../../a.yaml", content: "nonsense: 1" })).rejects.toMatchObject({
      code: "code_path_invalid",
    });
  });

  test.each([
    "../outside.ts",
    "dags/../../outside.ts",
    "/etc/passwd",
    "",
    "dags//x.ts",
    ".git/config",
    "node_modules/x.js",
    "dags/link/passwd",
    "dags/link-to-file",
    "dags\\x.ts",
    "dags/x\u0000.ts",
  ])("stay in their project: %j is refused", async (path) => {
    symlinkSync("/etc", join(dir, "dags/link"));
    symlinkSync("/etc/passwd", join(dir, "dags/link-to-file"));
    const refusal = { code: "code_path_invalid" };
    await expect(editor.read("main", path)).rejects.toMatchObject(refusal);
    await expect(save(path, "x", null, true)).rejects.toMatchObject(refusal);
    await expect(editor.remove("main", path, "0".repeat(64))).rejects.toMatchObject(refusal);
    await expect(editor.move("main", "dags/orders.ts", path)).rejects.toMatchObject(refusal);
    await expect(editor.gitShow("main", path, "HEAD")).rejects.toMatchObject(refusal);
  });

  test("that are no text or too large are not opened", async () => {
    writeFileSync(join(dir, "a.bin"), Buffer.from([1, 0, 2]));
    writeFileSync(join(dir, "big.txt"), "x".repeat(2_000_001));
    await expect(editor.read("main", "a.bin")).rejects.toMatchObject({ code: "code_path_invalid" });
    await expect(editor.read("main", "big.txt")).rejects.toMatchObject({ code: "code_path_invalid" });
  });

  test("are searched through", async () => {
    writeFileSync(join(dir, "dags/b.ts"), "one\n  Two three\n");
    expect(await editor.find("main", "TWO", { matchCase: false })).toEqual({
      lines: [{ path: "dags/b.ts", line: 2, column: 3, text: "  Two three" }],
      isCut: false,
    });
    expect((await editor.find("main", "TWO", { matchCase: true })).lines).toEqual([]);
  });
});

describe("a project that is a git checkout (C4)", () => {
  test("shows changes, differences, history, and commits what is chosen", async () => {
    expect(await editor.gitStatus("main")).toBeUndefined();
    git("init", "-q", "-b", "main");
    expect(await editor.gitStatus("main")).toEqual({ branch: "main", changes: [{ path: "dags/orders.ts", change: "untracked" }] });
    expect(await editor.gitHistory("main", undefined)).toEqual([]);
    const author = { name: "Анна <x>", email: "anna@example.org" };
    await editor.gitCommit("main", { paths: ["dags/orders.ts"], message: "Заказы\n\nпервые", author });
    writeFileSync(join(dir, "dags/orders.ts"), "export const a = 2;\n");
    writeFileSync(join(dir, "dags/other.ts"), "x\n");
    expect((await editor.gitStatus("main"))?.changes).toEqual([
      { path: "dags/orders.ts", change: "modified" },
      { path: "dags/other.ts", change: "untracked" },
    ]);
    expect(await editor.gitDiff("main", "dags/orders.ts")).toContain("-export const a = 1;\n+export const a = 2;");
    expect(await editor.gitShow("main", "dags/orders.ts", "HEAD")).toBe("export const a = 1;\n");
    expect(await editor.gitShow("main", "dags/other.ts", "HEAD")).toBe("");
    await editor.gitCommit("main", { paths: ["dags/orders.ts"], message: "second", author });
    expect((await editor.gitStatus("main"))?.changes).toEqual([{ path: "dags/other.ts", change: "untracked" }]);
    const history = await editor.gitHistory("main", "dags/orders.ts");
    expect(history.map(({ subject, author: by }) => [subject, by])).toEqual([
      ["second", "Анна  x"],
      ["Заказы", "Анна  x"],
    ]);
  });

  test("starts no program that the repository names: hooks, monitors, differs, filters of attributes", async () => {
    git("init", "-q");
    const trap = join(dir, "trap.sh");
    writeFileSync(trap, `#!/bin/sh\ntouch ${join(dir, "trapped")}\ncat\n`, { mode: 0o755 });
    for (const hook of ["pre-commit", "commit-msg", "post-commit", "prepare-commit-msg"])
      writeFileSync(join(dir, ".git/hooks", hook), readFileSync(trap), { mode: 0o755 });
    git("config", "core.fsmonitor", trap);
    git("config", "diff.external", trap);
    git("config", "diff.evil.textconv", trap);
    writeFileSync(join(dir, ".gitattributes"), "*.ts diff=evil\n");
    await editor.gitCommit("main", { paths: ["dags/orders.ts"], message: "x", author: { name: "a", email: "b" } });
    writeFileSync(join(dir, "dags/orders.ts"), "changed\n");
    await editor.gitStatus("main");
    await editor.gitDiff("main", undefined);
    await editor.gitShow("main", "dags/orders.ts", "HEAD");
    expect(existsSync(join(dir, "trapped"))).toBe(false);
  });

  test("arguments are never options or patterns", async () => {
    git("init", "-q");
    writeFileSync(join(dir, "--help"), "x\n");
    await editor.gitCommit("main", { paths: ["--help"], message: "--amend", author: { name: "-a", email: "--x" } });
    expect((await editor.gitHistory("main", "--help")).map(({ subject }) => subject)).toEqual(["--amend"]);
    await expect(editor.gitCommit("main", { paths: ["*"], message: "x", author: { name: "a", email: "b" } })).rejects.toMatchObject({
      code: "code_path_invalid",
    });
    expect(await editor.gitShow("main", "--help", "--output=/tmp/x")).toBe("x\n");
  });
});

describe("TypeScript in a child of its own (C4)", { timeout: 60_000 }, () => {
  test("finds errors of types and completes what the SDK offers", async () => {
    symlinkSync(join(REPOSITORY, "node_modules"), join(dir, "node_modules"));
    const head = 'import { dag, task } from "@polyflow/sdk";\n';
    const wrong = `${head}export const d = dag({ id: 5 }, () => { task("a", () => 1)(); });\n`;
    const problems = await editor.diagnose("main", { path: "dags/orders.ts", content: wrong });
    expect(problems).toMatchObject([{ line: 2, severity: "error", message: expect.stringContaining("not assignable to type 'string'") }]);
    const half = `${head}dag({ id: "a", sched`;
    const { items, from } = await editor.complete("main", { path: "dags/orders.ts", content: half, offset: half.length });
    expect(items.map(({ label }) => label)).toContain("schedule");
    expect(half.slice(from)).toBe("sched");
    const place = { path: "dags/orders.ts", content: wrong, offset: wrong.indexOf("dag({") + 1 };
    expect((await editor.hover("main", place)).text).toContain("dag(");
    expect(await editor.diagnose("main", { path: "a.sql", content: "select" })).toEqual([]);
  });

  test("is ended when it takes too long, and the next question gets a new one", async () => {
    editor = openEditor({ ...LIMITS, answerWithinMs: 1 });
    const asked = editor.diagnose("main", { path: "dags/orders.ts", content: "export const a: string = 1;" });
    await expect(asked).rejects.toMatchObject({ code: "code_assistant_failed" });
  });

  test("may not read outside of the project", async () => {
    const outside = mkdtempSync(join(tmpdir(), "polyflow-outside-"));
    created.push(outside);
    writeFileSync(join(outside, "secret.ts"), "export const secret = 42;\n");
    const content = `import { secret } from "${join(outside, "secret.ts")}";\nexport const a: string = secret;\n`;
    const problems = await editor.diagnose("main", { path: "dags/orders.ts", content });
    expect(JSON.stringify(problems)).not.toContain("'number'");
    expect(problems.length).toBeGreaterThan(0);
  });
});
