import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Ends a test that hangs; long enough that a busy machine fails none. How fast something is, `bench/` says. */
const ROOM_TIMEOUT_MS = 60_000;
/** Starting a whole system takes seconds on a small machine; such tests run alone, after the others. */
const SYSTEM_TIMEOUT_MS = 120_000;

/**
 * Tests of rooms that run once more while connections of the store break, one message in a hundred, before what they carry takes effect: whatever
 * failed has had no effect, and is done by being asked once more. Of the server the calls of workers: what people send by REST is not meant to be
 * repeated blindly (a POST that is sent again makes another), and their tests expect the answer to the first.
 */
const FAULTY_ROOMS = ["packages/store-postgres/src/**/*.test.ts", "packages/server/src/execution/**/*.test.ts"];
const SEVERAL_COMMITS =
  "Queueing may take several commits; when the answer to a later one is missing, the outbox has what was queued, as in scheduler-on-postgres.";
const WITHOUT_DATABASE = "It needs no database.";
/** What is left out there, and why. */
const NOT_WITH_FAULTS: { readonly [pattern: string]: string } = {
  "packages/store-postgres/src/scheduling/apply-schedule.test.ts": SEVERAL_COMMITS,
  "packages/store-postgres/src/scheduling/pool-arithmetic.test.ts": SEVERAL_COMMITS,
  "packages/server/src/execution/callbacks.test.ts": "A failed callback is called once more by a POST, which is not repeated.",
  "packages/store-postgres/src/scheduling/advance-timetables.test.ts":
    "What is locked is stepped over in commits of its own; whoever asks again hears that the runs of the others exist.",
  "packages/store-postgres/src/change-feed.test.ts": "It counts hints, and a call that is repeated may give them twice.",
  "packages/store-postgres/src/dags/large-file.test.ts": "A transaction of thousands of statements does not get through.",
  "packages/store-postgres/src/migrate.test.ts": "Migrations come before the store; their own tests let steps fail.",
  "packages/store-postgres/src/{fernet,call-batcher}.test.ts": WITHOUT_DATABASE,
};

export default defineConfig({
  test: {
    // Tests wait for processes and disks most of the time: on two cores one worker would leave half of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: ["tools/vitest/postgres.ts"],
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["packages/*/src/**/*.test.ts", "providers/*/src/**/*.test.ts", "apps/*/src/**/*.test.{ts,tsx}", "tools/**/*.test.ts"],
          testTimeout: ROOM_TIMEOUT_MS,
          hookTimeout: ROOM_TIMEOUT_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["tests/**/*.test.ts"],
          testTimeout: SYSTEM_TIMEOUT_MS,
          hookTimeout: SYSTEM_TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // Once more, with one call of the metadata database in a hundred failing, before or after it took effect: schedulers on a store
          // that fails, and a whole Polyflow with all example processes behind a proxy that breaks its connections.
          // Left out: `kill-everything` and `worker-crash-points` break things themselves, and tests in a browser or of data load
          // through the same calls.
          name: "storage faults",
          include: ["tests/e2e/{scheduler-on-postgres,mapping-on-postgres,engine-features,example-features}.test.ts"],
          env: { POLYFLOW_TEST_STORAGE_FAULTS: "0.01" },
          testTimeout: SYSTEM_TIMEOUT_MS,
          hookTimeout: SYSTEM_TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "storage faults in rooms",
          include: FAULTY_ROOMS,
          exclude: Object.keys(NOT_WITH_FAULTS),
          // Beside the rooms, whose tests often wait.
          provide: { hasStorageFaults: true },
          testTimeout: ROOM_TIMEOUT_MS,
          hookTimeout: ROOM_TIMEOUT_MS,
          sequence: { groupOrder: 0 },
        },
      },
    ],
  },
});
