import { silentLogger, systemClock } from "@polyflow/service-kit";
import { canMountDisks, SmallDisk } from "@polyflow/service-kit/testing";
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dagSpec, only, TestStore, taskSpec } from "../fixture/test-store.ts";
import { createPostgresStore } from "../postgres-store.ts";
import { fileXComStorage } from "./file-xcom-storage.ts";

describe.runIf(canMountDisks())("the disk of large outputs is full (needs root)", () => {
  test("the attempt goes on being the current one, nothing half written stays, and the same end is taken when there is room", async () => {
    using disk = new SmallDisk(256);
    const t = await TestStore.open();
    const options = { url: t.database.url, fernetKeys: [t.fernetKey], clock: systemClock, logger: silentLogger, poolSize: 2 };
    const store = await createPostgresStore({ ...options, xcomStorage: fileXComStorage(disk.folder), xcomMaxDatabaseBytes: 100 });
    try {
      await t.publish(dagSpec("d", [taskSpec("a")]));
      const term = await t.lead();
      const run = await t.startRun(term, "d");
      const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
      await store.execution.claimAttempt(attemptId, await store.execution.registerWorker({ name: "w", hostname: "h", slots: 1 }));
      const end = { to: "success", output: "x".repeat(50_000) } as const;
      disk.fill();
      await expect(store.execution.finishAttempt(attemptId, end)).rejects.toMatchObject({ code: "xcom_unavailable" });
      expect(await t.states(run.runKey)).toEqual({ a: "running" });
      expect(await t.sql("select from polyflow.xcom")).toEqual([]);
      disk.makeRoom();
      expect(readdirSync(disk.folder, { recursive: true }).filter((name) => String(name).endsWith(".part"))).toEqual([]);
      expect(await store.execution.finishAttempt(attemptId, end)).toBe(true);
      expect(await t.states(run.runKey)).toEqual({ a: "success" });
    } finally {
      await store.close();
      await t.close();
    }
  });
});
