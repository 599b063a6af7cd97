import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HomeFolder, homeFolder, prepareHome } from "../home/home-folder.ts";
import { chooseProjects } from "./projects.ts";

let home: HomeFolder;
beforeEach(async () => {
  home = homeFolder(mkdtempSync(join(tmpdir(), "polyflow-projects-")));
  await prepareHome(home);
});
afterEach(() => rmSync(home.dir, { recursive: true, force: true }));

function choose(configured: readonly string[], loadExamples = false) {
  return chooseProjects(home, { configured, loadExamples, cwd: home.dir });
}

test("A1: a fresh home has a project of its own in which an editor finds the SDK", async () => {
  const [main, examples] = await choose([], true);
  expect(main).toEqual({ name: "main", dir: join(home.projectsDir, "main") });
  expect(examples?.name).toBe("examples");
  for (const part of ["dags", "metadata", "tsconfig.json", "node_modules/@polyflow/sdk/package.json"]) {
    expect(existsSync(join(main?.dir ?? "", part)), part).toBe(true);
  }
  await choose([]);
});

test("A1: named projects take the place of the home's own", async () => {
  mkdirSync(join(home.dir, "sales"));
  expect(await choose(["sales", "shop=./sales"])).toEqual([
    { name: "sales", dir: join(home.dir, "sales") },
    { name: "shop", dir: join(home.dir, "sales") },
  ]);
});

test("A1: a missing folder and a doubled name are refused", async () => {
  await expect(choose(["nowhere"])).rejects.toMatchObject({ code: "config_invalid", message: expect.stringContaining("nowhere") });
  mkdirSync(join(home.dir, "a/dags"), { recursive: true });
  mkdirSync(join(home.dir, "b/a"), { recursive: true });
  await expect(choose(["a", "b/a"])).rejects.toMatchObject({ code: "config_invalid", message: expect.stringContaining('named "a"') });
});
