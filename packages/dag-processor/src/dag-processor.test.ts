import { utimesSync } from "node:fs";
import { join } from "node:path";
import { type Clock, silentLogger, systemClock } from "@polyflow/service-kit";
import { afterEach, describe, expect, test } from "vitest";
import { createDagProcessor, type DagProcessor } from "./dag-processor.ts";
import type { DagProcessorOptions } from "./options.ts";
import { MemoryDagStore } from "./testing/memory-dag-store.ts";
import { dagSource, TemporaryProject } from "./testing/temporary-project.ts";

const running: DagProcessor[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((processor) => processor.stop()));
});

async function start(project: TemporaryProject, store: MemoryDagStore, options: Partial<DagProcessorOptions> = {}): Promise<DagProcessor> {
  const settings = { parseTimeoutMs: 2_000, memoryLimitMb: 200, ...options.settings };
  const processor = createDagProcessor({ projects: [project], store, clock: systemClock, logger: silentLogger, ...options, settings });
  running.push(processor);
  await processor.start();
  return processor;
}

/** A clock whose rescans come when the test says so; all other delays are real. */
function clockWithManualRescan(): { readonly clock: Clock; readonly rescan: () => void } {
  let pending: (() => void) | undefined;
  const schedule: Clock["schedule"] = (delayMs, callback) => {
    if (delayMs !== RESCAN_MS) return systemClock.schedule(delayMs, callback);
    pending = callback;
    return () => undefined;
  };
  return { clock: { ...systemClock, schedule }, rescan: () => pending?.() };
}
const RESCAN_MS = 30_000;

describe("A1: files become DAGs", () => {
  test("found at start, in folders as well; tests, declarations, packages and hidden folders are none", async () => {
    using project = new TemporaryProject({
      "dags/a.ts": dagSource("a"),
      "dags/deep/er/b.mts": dagSource("b"),
      "dags/c.mjs": dagSource("c"),
      "dags/a.test.ts": dagSource("x1"),
      "dags/types.d.ts": "export {};",
      "dags/node_modules/p/x.ts": dagSource("x2"),
      "dags/.git/x.ts": dagSource("x3"),
      "lib/x.ts": dagSource("x4"),
    });
    const store = new MemoryDagStore();
    await (await start(project, store)).whenIdle();
    expect(store.activeDags).toEqual(["a", "b", "c"]);
  });

  test("B10: new, changed, renamed, deleted; in a new folder; and the first `dags` folder of a project", async () => {
    using project = new TemporaryProject();
    const store = new MemoryDagStore();
    await start(project, store);
    project.write("dags/a.ts", dagSource("a"));
    await store.until(() => store.activeDags.join() === "a");
    project.write("dags/a.ts", dagSource("a", `, tags: ["new"]`));
    await store.until(() => store.spec("a")?.tags[0] === "new");
    project.write("dags/new/folder/b.ts", dagSource("b"));
    await store.until(() => store.activeDags.join() === "a,b");
    project.rename("dags/a.ts", "dags/z.ts");
    await store.until(() => store.file("dags/z.ts") !== undefined && store.file("dags/a.ts") === undefined);
    project.rename("dags/new", "dags/other");
    await store.until(() => store.file("dags/other/folder/b.ts") !== undefined && store.file("dags/new/folder/b.ts") === undefined);
    project.remove("dags/other");
    await store.until(() => !store.activeDags.includes("b"));
  });

  test("a DAG that left its file, and a file that describes none any more", async () => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("one") });
    const store = new MemoryDagStore();
    await start(project, store);
    await store.until(() => store.activeDags.join() === "one");
    project.write("dags/a.ts", dagSource("two"));
    await store.until(() => store.activeDags.join() === "two");
    project.write("dags/a.ts", "export const nothing = 1;\n");
    await store.until(() => store.activeDags.length === 0 && store.file("dags/a.ts") === undefined);
  });

  test("a change in an imported file, also outside of dags, is a change of its importers", async () => {
    using project = new TemporaryProject({
      "dags/a.ts": `import { TAG } from "../lib/tag.ts";\n${dagSource("a", ", tags: [TAG]")}`,
      "dags/b.ts": dagSource("b"),
      "lib/tag.ts": `export const TAG = "old";\n`,
    });
    const store = new MemoryDagStore();
    await (await start(project, store)).whenIdle();
    const published = store.calls.length;
    project.write("lib/tag.ts", `export const TAG = "new";\n`);
    await store.until(() => store.spec("a")?.tags[0] === "new");
    expect(store.calls.slice(published)).toEqual(["publish dags/a.ts"]);
  });

  test("DAGs made from other files follow those: changed, added, deleted", async () => {
    using project = new TemporaryProject({
      "dags/many.ts": `import { readFileSync, readdirSync } from "node:fs";\nimport { dag } from "@polyflow/sdk";
for (const name of readdirSync("config")) dag(JSON.parse(readFileSync("config/" + name, "utf8")), () => {});\n`,
      "config/one.json": `{ "id": "one" }`,
    });
    const store = new MemoryDagStore();
    await start(project, store);
    await store.until(() => store.activeDags.join() === "one");
    project.write("config/two.json", `{ "id": "two" }`);
    await store.until(() => store.activeDags.join() === "one,two");
    project.write("config/one.json", `{ "id": "first" }`);
    await store.until(() => store.activeDags.join() === "first,two");
    project.remove("config/one.json");
    await store.until(() => store.activeDags.join() === "two");
  });

  test("a missing import is cured by the file that was missing", async () => {
    using project = new TemporaryProject({ "dags/a.ts": `import { TAG } from "./tag.ts";\n${dagSource("a", ", tags: [TAG]")}` });
    const store = new MemoryDagStore();
    await start(project, store);
    await store.until(() => store.error("dags/a.ts")?.code === "dag_file_syntax");
    project.write("dags/tag.ts", `export const TAG = "here";\n`);
    await store.until(() => store.activeDags.join() === "a");
  });
});

describe("an id that two files use", () => {
  test.each<[string, (project: TemporaryProject) => void]>([
    ["is removed", (project) => project.remove("dags/a.ts")],
    ["names its DAG otherwise", (project) => project.write("dags/a.ts", dagSource("other"))],
    ["describes no DAG any more", (project) => project.write("dags/a.ts", "export {};\n")],
  ])("goes to the file that waits for it when the other one %s; its import error goes by itself", async (_how, leave) => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("same") });
    const store = new MemoryDagStore();
    const processor = await start(project, store);
    await processor.whenIdle();
    project.write(
      "dags/b.ts",
      `${dagSource("same")}${dagSource("own")
        .replace(/^import.*\n/, "")
        .replace("const it", "const own")}`,
    );
    await store.until(() => store.duplicates.join() === "dags/b.ts");
    expect(store.fileOf("own")).toBe("dags/b.ts");
    leave(project);
    await store.until(() => store.fileOf("same") === "dags/b.ts" && store.duplicates.length === 0);
    await processor.whenIdle();
    const calls = [...store.calls];
    expect(calls.filter((call) => call === "publish dags/b.ts")).toHaveLength(2);
  });

  test("goes over also when the other file went while nobody watched, and two that wait do not chase each other", async () => {
    using project = new TemporaryProject({ "dags/z.ts": dagSource("same") });
    const store = new MemoryDagStore();
    const first = await start(project, store);
    await first.whenIdle();
    for (const name of ["a", "b"]) project.write(`dags/${name}.ts`, dagSource("same"));
    await store.until(() => store.duplicates.join() === "dags/a.ts,dags/b.ts");
    await first.stop();
    project.remove("dags/z.ts");
    await (await start(project, store)).whenIdle();
    expect(store.duplicates).toHaveLength(1);
    expect(new Set([store.fileOf("same"), ...store.duplicates])).toEqual(new Set(["dags/a.ts", "dags/b.ts"]));
  });
});

describe("I32: one bad file changes nothing for the others", () => {
  test("F56: loops, hogs and throwers beside a good file, which is published meanwhile", async () => {
    using project = new TemporaryProject({
      "dags/a-loop.ts": "while (true);\n",
      "dags/b-memory.ts": "const all: Buffer[] = [];\nfor (;;) all.push(Buffer.alloc(1_000_000, 1));\n",
      "dags/c-throws.ts": `throw new Error("no");\n`,
      "dags/d-syntax.ts": "const = ;\n",
      "dags/good.ts": dagSource("good"),
    });
    const store = new MemoryDagStore();
    await start(project, store);
    await store.until(() => store.activeDags.join() === "good");
    expect(store.error("dags/a-loop.ts")).toBeUndefined();
    project.write("dags/good.ts", dagSource("good", `, tags: ["while others hang"]`));
    await store.until(() => store.spec("good")?.tags[0] === "while others hang");
    const codes = () => ["a-loop", "b-memory", "c-throws", "d-syntax"].map((name) => store.error(`dags/${name}.ts`)?.code);
    await store.until(() => !codes().includes(undefined));
    expect(codes()).toEqual(["dag_file_timeout", "dag_file_memory", "dag_file_threw", "dag_file_syntax"]);
  });

  test("I31: an error leaves the last good version to the store; mending the file cures it", async () => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("a") });
    const store = new MemoryDagStore();
    await start(project, store);
    await store.until(() => store.activeDags.join() === "a");
    project.write("dags/a.ts", "const = ;\n");
    await store.until(() => store.error("dags/a.ts") !== undefined);
    expect(store.activeDags).toEqual(["a"]);
    project.write("dags/a.ts", dagSource("a"));
    await store.until(() => store.error("dags/a.ts") === undefined);
  });
});

describe("work is done only where something changed", () => {
  test("no scan, no touch and no event makes work without a change of content", async () => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("a"), "dags/bad.ts": "const = ;\n", "dags/none.ts": "export {};\n" });
    const store = new MemoryDagStore();
    const { clock, rescan } = clockWithManualRescan();
    const processor = await start(project, store, { clock });
    await processor.whenIdle();
    const calls = [...store.calls];
    utimesSync(join(project.dir, "dags/a.ts"), new Date(), new Date());
    project.write("dags/b.ts", dagSource("b"));
    await store.until(() => store.activeDags.includes("b"));
    rescan();
    await processor.whenIdle();
    expect(store.calls).toEqual([...calls, "publish dags/b.ts"]);
  });

  test("files that vanished while nobody watched are removed at start", async () => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("a"), "dags/b.ts": dagSource("b") });
    const store = new MemoryDagStore();
    const first = await start(project, store);
    await first.whenIdle();
    await first.stop();
    project.remove("dags/b.ts");
    await (await start(project, store)).whenIdle();
    expect(store.activeDags).toEqual(["a"]);
  });

  test("a project whose folder is gone (a drive not mounted) keeps its DAGs", async () => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("a") });
    const store = new MemoryDagStore();
    const first = await start(project, store);
    await first.whenIdle();
    await first.stop();
    project.remove(".");
    await (await start(project, store)).whenIdle();
    expect(store.activeDags).toEqual(["a"]);
  });

  test("A14: a store that does not answer is asked again until it does", async () => {
    using project = new TemporaryProject({ "dags/a.ts": dagSource("a") });
    const store = new MemoryDagStore();
    store.failNext(2);
    const processor = await start(project, store, { random: () => 0 });
    await store.until(() => store.activeDags.join() === "a");
    await processor.whenIdle();
    expect(store.calls).toEqual(["publish dags/a.ts"]);
  });

  test("G5: it says that it is alive, also after a failure", async () => {
    using project = new TemporaryProject();
    const beaten = Promise.withResolvers<number>();
    let beats = 0;
    await start(project, new MemoryDagStore(), {
      settings: { heartbeatIntervalMs: 5 },
      heartbeat: async () => {
        beats += 1;
        if (beats === 1) throw new Error("the database does not answer");
        beaten.resolve(beats);
      },
    });
    expect(await beaten.promise).toBe(2);
  });
});

describe("stop", () => {
  test("in the middle of an import: nothing is published, nothing is left", async () => {
    using project = new TemporaryProject({ "dags/a.ts": "await new Promise(() => {});\n" });
    const store = new MemoryDagStore();
    const processor = await start(project, store);
    await processor.stop();
    expect(store.calls).toEqual([]);
  });
});

describe("A2: timetables of authors", () => {
  test("are asked when the file is read, and again when half of what they listed has passed", async () => {
    using project = new TemporaryProject({
      "dags/own.ts": `import { dag, task, timetable } from "@polyflow/sdk";
const soon = timetable({ name: "soon", *runs({ from, to }) { for (let at = from.getTime(), n = 0; at < to.getTime() && n < 600; at += 1000, n++) yield new Date(at); } });
dag({ id: "own", schedule: soon }, () => void task("t", () => 1)());`,
    });
    const asked: { readonly delayMs: number; readonly callback: () => void }[] = [];
    const schedule: Clock["schedule"] = (delayMs, callback) => {
      if (delayMs < 60_000) return systemClock.schedule(delayMs, callback);
      asked.push({ delayMs, callback });
      return () => undefined;
    };
    const store = new MemoryDagStore();
    const processor = await start(project, store, { clock: { ...systemClock, schedule }, settings: { idleMs: 30_000 } });
    await processor.whenIdle();
    const listed = () => {
      const file = store.file("dags/own.ts");
      return file?.kind === "dags" ? file.horizons?.["own"] : undefined;
    };
    const first = listed();
    expect(first?.runs.length).toBeGreaterThanOrEqual(500);
    const [again] = asked.splice(0);
    // 500 seconds ahead
    expect(again?.delayMs).toBeGreaterThan(240_000);
    expect(again?.delayMs).toBeLessThan(260_000);
    again?.callback();
    await store.until(() => listed() !== first);
    await processor.whenIdle();
    expect(asked).toHaveLength(1);
    expect(store.spec("own")?.schedule).toEqual({ kind: "custom", name: "soon" });
  });
});
