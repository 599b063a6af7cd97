import { defineConfig } from "vitest/config";

/** Ends a test that hangs; long enough that a busy machine fails none. How fast something is, `bench/` says. */
const ROOM_TIMEOUT_MS = 60_000;
/** Starting a whole system takes seconds on a small machine; such tests run alone, after the others. */
const SYSTEM_TIMEOUT_MS = 120_000;

export default defineConfig({
  test: {
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
    ],
  },
});
