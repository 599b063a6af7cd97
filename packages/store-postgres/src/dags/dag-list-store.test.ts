import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dagSpec, newRun, taskSpec, TestStore } from "../fixture/test-store.ts";

let test: TestStore;
beforeAll(async () => {
  test = await TestStore.open();
});
afterAll(() => test.close());

const newest = async (dagId: string) =>
  (
    await test.sql<{ run_id: string | null; state: string | null }>(
      `select run.run_id, newest.state from polyflow.dag_newest_run newest left join polyflow.dag_run run using (dag_run_id)
       where newest.dag_id = $1`,
      [dagId],
    )
  )[0];

const at = (hour: number) => new Date(Date.UTC(2026, 2, 1, hour));

describe("the newest run of each DAG, as lists read it (C1)", () => {
  it("follows runs as they come, end and go, in whatever order", async () => {
    await test.publish(dagSpec("follow", [taskSpec("a")]));
    expect(await newest("follow")).toEqual({ run_id: null, state: null });
    await test.store.runs.createRun(newRun("follow", { runId: "noon", runAfter: at(12) }));
    await test.store.runs.createRun(newRun("follow", { runId: "morning", runAfter: at(6) }));
    expect(await newest("follow")).toEqual({ run_id: "noon", state: "queued" });
    await test.store.runs.markRun("follow", "morning", "failed");
    expect(await newest("follow")).toEqual({ run_id: "noon", state: "queued" });
    await test.store.runs.markRun("follow", "noon", "success");
    expect(await newest("follow")).toEqual({ run_id: "noon", state: "success" });
    await test.store.runs.deleteRun("follow", "noon");
    expect(await newest("follow")).toEqual({ run_id: "morning", state: "failed" });
    await test.store.runs.deleteRun("follow", "morning");
    expect(await newest("follow")).toEqual({ run_id: null, state: null });
    expect(await test.store.dags.deleteDag("follow")).toBe(true);
    expect(await newest("follow")).toBeUndefined();
  });

  it("is the newer one of two that come at once", async () => {
    await test.publish(dagSpec("race", [taskSpec("a")]));
    const runs = Array.from({ length: 12 }, (_, hour) => newRun("race", { runId: `hour ${hour}`, runAfter: at(hour) }));
    await Promise.all(runs.map((run) => test.store.runs.createRun(run)));
    expect(await newest("race")).toEqual({ run_id: "hour 11", state: "queued" });
  });
});

describe("the list by keyset (C1)", () => {
  const ids = async (query: object = {}, orderBy: "dag_id" | "-last_run" = "dag_id") => {
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await test.store.dagList.pageDags(
        { userId: 1, ...query },
        { orderBy, limit: 3, ...(after === undefined ? {} : { after }) },
      );
      found.push(...page.dags.map((dag) => dag.dagId));
      if (page.next === null) return found;
      after = page.next;
    }
  };

  it("shows every DAG once, by name and by last run, those that never ran last", async () => {
    for (let index = 0; index < 8; index++) {
      await test.publish(dagSpec(`page_${index}`, [taskSpec("a")], { displayName: `Загрузка ${index}`, tags: ["paged"] }));
      if (index % 2 === 0) await test.store.runs.createRun(newRun(`page_${index}`, { runAfter: at(index) }));
    }
    const all = Array.from({ length: 8 }, (_, index) => `page_${index}`);
    expect(await ids({ tags: ["paged"] })).toEqual(all);
    expect(await ids({ tags: ["paged"] }, "-last_run")).toEqual([6, 4, 2, 0, 1, 3, 5, 7].map((index) => `page_${index}`));
    expect(await ids({ search: "ЗАГРУЗКА 3" })).toEqual(["page_3"]);
    expect(await ids({ search: "100%" })).toEqual([]);
    expect(await ids({ tags: ["paged"], newestRunStates: ["none"] })).toEqual(["page_1", "page_3", "page_5", "page_7"]);
    expect(await ids({ tags: ["paged"], readableDagIds: ["page_2"] })).toEqual(["page_2"]);
  });

  it("reads nothing of the spec: what it shows was written when the DAG was published", async () => {
    const interval = { kind: "interval", everyMs: 60_000 } as const;
    await test.publish(dagSpec("facts", [taskSpec("a"), taskSpec("b")], { schedule: interval }));
    const { dags } = await test.store.dagList.pageDags({ userId: 1, search: "facts" }, { orderBy: "dag_id", limit: 1 });
    expect(dags[0]).toMatchObject({ schedule: interval, taskCount: 2, params: {}, isFavourite: false });
    await test.sql("update polyflow.dag set schedule = null, params = null, task_count = null where dag_id = 'facts'");
    const { dags: again } = await test.store.dagList.pageDags({ userId: 1, search: "facts" }, { orderBy: "dag_id", limit: 1 });
    expect(again).toEqual(dags);
  });
});
