import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { TestProject } from "../harness/project.ts";
import { Standalone } from "../harness/standalone.ts";

const COMPILER = resolve(import.meta.dirname, "../../apps/polyflow/src/compiled/compile-program.ts");
const run = promisify(execFile);

async function compile(): Promise<string> {
  return (await run(process.execPath, [COMPILER])).stdout.trim();
}

test("B8: the compiled program does what the sources do, with what is imported at first use", async () => {
  const project = new TestProject({
    "dags/first.ts": `import { dag, task } from "@polyflow/sdk";\ndag("first", () => { task("only", () => null)(); });\n`,
  });
  const polyflow = await Standalone.start({ program: await compile(), projects: [project.dir], examples: true });
  try {
    const client = await polyflow.client();
    await Promise.all(["first", "df_example_extract_csv"].map((id) => client.waitForDag(id)));
    expect(await client.runDag("first")).toMatchObject({ state: "success" });
    // Providers, the description of data and the warehouse, the editor and the trial of a connection stand in files of their own.
    expect(await client.runDag("df_example_extract_csv")).toMatchObject({ state: "success" });
    const { warehouse_problem, entities } = await client.request<{ warehouse_problem: unknown; entities: readonly unknown[] }>(
      "GET",
      "/ui/data",
    );
    expect(warehouse_problem).toBeNull();
    expect(entities.length).toBeGreaterThan(0);
    const trial = { connection_id: "df", conn_type: "postgres", host: "127.0.0.1", port: 1, login: "x", password: "x", schema: "x" };
    expect(await client.request("POST", "/api/v2/connections/test", trial)).toMatchObject({ status: false });
    expect(await client.request("GET", "/api/v2/providers")).toMatchObject({ total_entries: expect.any(Number) });
  } finally {
    expect(await polyflow.stop()).toBe(0);
    await polyflow.remove();
    project.remove();
  }
});
