import type { ChangeEvent } from "@polyflow/contracts";
import { afterAll, beforeEach, expect, test } from "vitest";
import { decodeChanges, encodeChanges } from "./change-payload.ts";
import { dagSpec, TestStore, taskSpec } from "./fixture/test-store.ts";
import type { Store } from "@polyflow/store";

const DEADLINE_MS = 30_000;
let t: TestStore;
beforeEach(async () => {
  await t?.close();
  t = await TestStore.open();
});
afterAll(() => t.close());

/** Resolves with the first event of the kind that the store tells of from now on. */
function next(store: Store, kind: ChangeEvent["kind"]): Promise<ChangeEvent> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${kind} came`)), DEADLINE_MS);
    const unsubscribe = store.subscribe((event) => {
      if (event.kind !== kind) return;
      clearTimeout(timer);
      unsubscribe();
      resolve(event);
    });
  });
}

test("listeners of this process hear at once, others soon, and nobody hears his own twice", async () => {
  const other = await t.another();
  const heard = next(other, "dag");
  await t.publish(dagSpec("d", [taskSpec("a")]));
  expect(t.events).toEqual([{ kind: "dag", dagId: "d" }]);
  expect(await heard).toEqual({ kind: "dag", dagId: "d" });
  const back = next(t.store, "dag");
  await other.dags.setPaused("d", true);
  expect(await back).toEqual({ kind: "dag", dagId: "d" });
  expect(t.events).toEqual([
    { kind: "dag", dagId: "d" },
    { kind: "dag", dagId: "d" },
  ]);
});

test("a listener that throws keeps nothing from the others and nothing from the commit", async () => {
  t.store.subscribe(() => {
    throw new Error("broken listener");
  });
  const after: ChangeEvent[] = [];
  const unsubscribe = t.store.subscribe((event) => after.push(event));
  await t.publish(dagSpec("d", [taskSpec("a")]));
  expect(after).toEqual([{ kind: "dag", dagId: "d" }]);
  unsubscribe();
  await t.store.dags.setPaused("d", true);
  expect(after).toHaveLength(1);
});

test("after the listening connection is lost it comes back, says resync, and hears again", async () => {
  const other = await t.another();
  // Both lose their connection, and each tells of the other's changes only once both are back.
  const resyncs = Promise.all([next(t.store, "resync"), next(other, "resync")]);
  await t.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
  expect(await resyncs).toEqual([{ kind: "resync" }, { kind: "resync" }]);
  await t.store.ping();
  const heard = next(t.store, "dag");
  await other.dags.publishParsedFile({
    kind: "dags",
    bundleName: "p",
    relativePath: "d.ts",
    source: "",
    bundle: { hash: "h", code: "" },
    specs: [dagSpec("d", [taskSpec("a")])],
    parseDurationMs: 1,
  });
  expect(await heard).toEqual({ kind: "dag", dagId: "d" });
});

test("too much for one message becomes resync; what is no message of ours is ignored", () => {
  const events = Array.from({ length: 200 }, (_, index): ChangeEvent => ({ kind: "dag", dagId: `загрузка ${index}` }));
  const text = encodeChanges({ origin: "me", events });
  expect(Buffer.byteLength(text)).toBeLessThan(8000);
  expect(decodeChanges(text)).toEqual({ origin: "me", events: [{ kind: "resync" }] });
  expect(decodeChanges(encodeChanges({ origin: "me", events: events.slice(0, 2) }))?.events).toHaveLength(2);
  for (const odd of ["", "null", "{}", '{"origin":1,"events":[]}', '{"origin":"x","events":1}']) expect(decodeChanges(odd)).toBeUndefined();
});

test("a database that goes away gives database_unavailable, and works again when it is back", async () => {
  const { name } = t.database;
  await t.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`, [name]);
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const failure = await t.store.ping().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) break;
    expect(failure).toMatchObject({ code: "database_unavailable" });
    if (Date.now() > deadline) throw new Error("the store did not come back");
  }
  expect(await t.store.listHeartbeats()).toHaveLength(3);
});
