import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { checkProject } from "@polyflow/metadata-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const CHECKOUT = resolve(import.meta.dirname, "../..");
const GUIDES = join(CHECKOUT, "docs/guide");
const COMPILER = join(CHECKOUT, "node_modules/ts7/bin/tsc");
/** Blocks that name their file: ```ts dags/report.ts */
const NAMED_BLOCK = /^```(?:ts|yaml) (\S+)\n(.*?)^```$/gms;
const LINK = /\]\((?!https?:)([^)#\s]+)/g;

async function pagesOf(language: string): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const names = (await readdir(join(GUIDES, language))).filter((name) => name.endsWith(".md"));
  return Promise.all(
    names.map(async (name) => {
      const file = join(GUIDES, language, name);
      return { file, text: await readFile(file, "utf8") };
    }),
  );
}

async function examplesOf(language: string): Promise<ReadonlyMap<string, string>> {
  const examples = new Map<string, string>();
  for (const { text } of await pagesOf(language)) {
    for (const [, file = "", code = ""] of text.matchAll(NAMED_BLOCK)) examples.set(file, code);
  }
  return examples;
}

describe.each(["en", "ru"])("H: the examples of the guides, %s", (language) => {
  let project: string;
  let examples: ReadonlyMap<string, string>;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "polyflow-guide-"));
    examples = await examplesOf(language);
    for (const [file, code] of examples) {
      await mkdir(dirname(join(project, file)), { recursive: true });
      await writeFile(join(project, file), code);
    }
    await mkdir(join(project, "node_modules"));
    for (const scope of ["@polyflow", "@types"]) await symlink(join(CHECKOUT, "node_modules", scope), join(project, "node_modules", scope));
    await cp(join(CHECKOUT, "examples/tsconfig.json"), join(project, "tsconfig.json"));
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  });
  afterAll(() => rm(project, { recursive: true }));

  test("compile", async () => {
    expect([...examples.keys()].filter((file) => file.startsWith("dags/")).length).toBeGreaterThan(5);
    const compiled = await run(process.execPath, [COMPILER, "-p", project]).catch((error: { stdout: string }) => error);
    expect(compiled.stdout).toBe("");
  }, 60_000);

  test("describe valid metadata", async () => {
    const { metadata, problems } = await checkProject(project);
    expect(problems).toEqual([]);
    expect([...metadata.flows.keys()]).toEqual(["orders"]);
  });

  test("pass the tests that the guide writes for them", async () => {
    const { stdout } = await run(process.execPath, ["--test"], { cwd: project, env: { PATH: process.env["PATH"] } });
    expect(stdout).toContain("pass 2");
  });
});

describe("H: the guides", () => {
  test("show the same files in both languages", async () => {
    const [english, russian] = await Promise.all([examplesOf("en"), examplesOf("ru")]);
    expect([...russian.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test("link to files that exist", async () => {
    const index = { file: join(GUIDES, "README.md"), text: await readFile(join(GUIDES, "README.md"), "utf8") };
    const pages = [index, ...(await pagesOf("en")), ...(await pagesOf("ru"))];
    const targets = pages.flatMap(({ file, text }) => [...text.matchAll(LINK)].map(([, link = ""]) => resolve(dirname(file), link)));
    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });
});
