import type { DagSpec } from "@polyflow/contracts";
import type { ParsedFile } from "@polyflow/store";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { dagSpec, only, taskSpec, TestStore } from "../fixture/test-store.ts";

let together: TestStore;
let oneByOne: TestStore;
beforeAll(async () => {
  [together, oneByOne] = await Promise.all([TestStore.open(), TestStore.open()]);
});
afterAll(() => Promise.all([together.close(), oneByOne.close()]));
beforeEach(async () => {
  for (const t of [together, oneByOne]) {
    for (const { dag_id: dagId } of await t.sql<{ dag_id: string }>("select dag_id from polyflow.dag")) await t.store.dags.deleteDag(dagId);
    await t.sql("delete from polyflow.dag_file");
    t.events.length = 0;
  }
});

function file(
  relativePath: string,
  specs: readonly DagSpec[],
  given: { readonly code?: string; readonly source?: string } = {},
): ParsedFile {
  const code = given.code ?? JSON.stringify(specs);
  const source = given.source ?? `// ${code}`;
  return {
    kind: "dags",
    bundleName: "project",
    relativePath,
    source,
    bundle: { hash: `hash of ${code}`, code },
    specs,
    parseDurationMs: 1,
  };
}

function failed(relativePath: string): ParsedFile {
  return { kind: "error", bundleName: "project", relativePath, code: "dag_file_threw", message: "no", line: 1, column: 2, stack: null };
}

/** All that files leave in the database, without ids that are made by chance. */
async function contents(t: TestStore) {
  const tables = {
    dags: `select to_jsonb(dag) - 'current_version_id' as row from polyflow.dag`,
    versions: `select to_jsonb(version) - 'dag_version_id' as row from polyflow.dag_version version`,
    tasks: `select version.dag_id, version.version_number, to_jsonb(task) - 'dag_version_id' as row from polyflow.dag_version_task task
            join polyflow.dag_version version using (dag_version_id)`,
    current: `select dag.dag_id, version.version_number as row from polyflow.dag
              join polyflow.dag_version version on version.dag_version_id = dag.current_version_id`,
    files: `select to_jsonb(file) as row from polyflow.dag_file file`,
    errors: `select to_jsonb(error) - 'import_error_id' as row from polyflow.import_error error`,
    uses: `select use.dag_id, use.role, use.task_id, asset.name as row from polyflow.asset_use use join polyflow.asset using (asset_id)`,
    deadlines: `select to_jsonb(deadline) - 'dag_version_id' - 'deadline_id' - 'dag_version_deadline_id' as row from polyflow.dag_version_deadline deadline`,
  };
  const all: Record<string, readonly string[]> = {};
  for (const [name, text] of Object.entries(tables)) all[name] = (await t.sql(text)).map((row) => JSON.stringify(row)).sort();
  return all;
}

/** Publishes the same files in both ways and compares what is there afterwards. @returns the ids that changed */
async function publishBoth(files: readonly ParsedFile[]): Promise<readonly string[]> {
  const changed = await together.store.dags.publishParsedFiles(files);
  const singly: string[] = [];
  for (const one of files) singly.push(...(await oneByOne.store.dags.publishParsedFile(one)));
  expect(changed.toSorted()).toEqual(singly.toSorted());
  expect(await contents(together)).toEqual(await contents(oneByOne));
  const told = (t: TestStore) => [...new Set(t.events.map((event) => JSON.stringify(event)))].sort();
  expect(told(together)).toEqual(told(oneByOne));
  return changed;
}

const plain = (dagId: string, given: Partial<DagSpec> = {}) => dagSpec(dagId, [taskSpec("a"), taskSpec("b", { upstream: ["a"] })], given);
const rich = dagSpec(
  "rich",
  [
    taskSpec("a", {
      outlets: [{ kind: "asset", name: "table", uri: "table", group: "asset", extra: {} }],
      startDate: "2026-01-01T00:00:00.000Z",
    }),
  ],
  {
    schedule: { kind: "cron", expressions: ["@daily"], timezone: "UTC" },
    deadlines: [{ name: "late", reference: "queued_at", afterMs: 1000 }],
    callbacks: { failure: [{ name: "tell", retries: 0, retryDelayMs: 0, timeoutMs: 1000 }] },
    maxConsecutiveFailedRuns: 3,
  },
);

test("many new files: the same rows as one by one, with all that a DAG may have (A1, B10)", async () => {
  const many = Array.from({ length: 30 }, (_, index) =>
    file(`f${index}.ts`, [plain(`f${index}`, { tags: ['ä "quoted"', "x"], description: `№ ${index} \\ {}` })]),
  );
  const scheduled = file("scheduled.ts", [
    plain("s1", { schedule: { kind: "interval", everyMs: 1000 } }),
    plain("s2", { maxConsecutiveFailedRuns: 2 }),
  ]);
  const changed = await publishBoth([
    ...many,
    scheduled,
    file("rich.ts", [rich]),
    failed("broken.ts"),
    file("shared.ts", [plain("shared")], { code: "same" }),
    file("shared2.ts", [plain("shared2")], { code: "same" }),
  ]);
  expect(changed).toHaveLength(35);
});

test("again unchanged, with a comment, changed, without a DAG, with an id from elsewhere, mended (A10, I32)", async () => {
  await publishBoth([file("a.ts", [plain("a1"), plain("a2")]), file("b.ts", [plain("b")]), failed("c.ts"), file("d.ts", [plain("d")])]);
  expect(await publishBoth([file("a.ts", [plain("a1"), plain("a2")]), file("b.ts", [plain("b")]), file("d.ts", [plain("d")])])).toEqual([]);
  const comment = file("b.ts", [plain("b")], { code: JSON.stringify([plain("b")]), source: "// another comment" });
  await publishBoth([file("a.ts", [plain("a1")]), comment, file("c.ts", [plain("c"), plain("b")]), failed("d.ts")]);
  await publishBoth([
    file("a.ts", [plain("a1", { description: "new" }), plain("a2")]),
    file("c.ts", [plain("c")]),
    file("d.ts", [plain("d")]),
  ]);
});

test("two files of one batch with the same id: the first has it, also where it comes from a file that lets it go", async () => {
  await publishBoth([file("a.ts", [plain("same"), plain("a")]), file("b.ts", [plain("same"), plain("b")])]);
  expect(only(await together.store.dags.listImportErrors())).toMatchObject({ relativePath: "b.ts", code: "dag_duplicate_id" });
  await publishBoth([file("a.ts", [plain("a")]), file("b.ts", [plain("same"), plain("b")])]);
  expect(await together.store.dags.getDag("same")).toMatchObject({ relativePath: "b.ts" });
});

test("what the database cannot hold is an error of its file alone; the others of the batch are there (I32)", async () => {
  const poison = file("poison.ts", [dagSpec("poison", [taskSpec("a", { operator: "bell \0" })])]);
  expect(await publishBoth([file("a.ts", [plain("a")]), poison, file("b.ts", [plain("b")])])).toEqual(["a", "b"]);
  expect(only(await together.store.dags.listImportErrors())).toMatchObject({ relativePath: "poison.ts", code: "dag_invalid" });
});

test("a batch is there as a whole or not at all (A14)", async () => {
  await together.sql(`
    create function polyflow.refuse() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$;
    create trigger refuse before insert on polyflow.dag_version_task for each row when (new.task_id = 'refused') execute function polyflow.refuse()`);
  const before = await contents(together);
  const files = [file("a.ts", [plain("a")]), failed("b.ts"), file("c.ts", [dagSpec("c", [taskSpec("refused")])])];
  await expect(together.store.dags.publishParsedFiles(files)).rejects.toThrow("the disk is full");
  expect(await contents(together)).toEqual(before);
  expect(together.events).toEqual([]);
  await together.sql("drop trigger refuse on polyflow.dag_version_task; drop function polyflow.refuse");
  expect(await together.store.dags.publishParsedFiles(files)).toEqual(["a", "c"]);
});

test("two batches with the same new ids at once: each id has one file, and the other file an error", async () => {
  const other = await together.another();
  const ids = Array.from({ length: 20 }, (_, index) => `d${index}`);
  const batch = (folder: string, order: readonly string[]) =>
    order.map((id) => file(`${folder}/${id}.ts`, [plain(id)], { code: `${folder} ${id}` }));
  const results = await Promise.all([
    together.store.dags.publishParsedFiles(batch("a", ids)),
    other.dags.publishParsedFiles(batch("b", ids.toReversed())),
  ]);
  expect(results.flat().toSorted()).toEqual(ids.toSorted());
  expect(await together.store.dags.listImportErrors()).toHaveLength(20);
});
