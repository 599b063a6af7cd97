import { describe, expect, it } from "vitest";
import { type Health, simulate, type WorldName } from "./simulate.ts";

/** How many schedules share a test, so that a failure names a narrow range. */
const BATCH = 250;

interface Series {
  readonly world: WorldName;
  readonly health: Health;
  readonly schedules: number;
}

/** Together sized for a minute of one core; `npm run simulate -- --seeds 100000` runs as many as one likes. */
const SERIES: readonly Series[] = [
  { world: "plain", health: "ill", schedules: 2_000 },
  { world: "structured", health: "ill", schedules: 3_000 },
  { world: "structured", health: "healthy_without_poll", schedules: 750 },
  { world: "plain", health: "healthy_without_poll", schedules: 250 },
  { world: "past", health: "ill", schedules: 250 },
  { world: "past", health: "healthy_without_poll", schedules: 250 },
];

describe("simulated cluster: crashes, lost and doubled hints, writes that look failed change no result (A14; I1, I4–I13, I15, I16, I19, I20, L3, L5)", () => {
  const batches = SERIES.flatMap(({ world, health, schedules }) =>
    Array.from({ length: schedules / BATCH }, (_, index) => ({ world, health, from: 1 + index * BATCH })),
  );

  it.each(batches)(
    "$world, $health, seeds from $from",
    async ({ world, health, from }) => {
      for (let seed = from; seed < from + BATCH; seed++) {
        const violations = await simulate(seed, health, world);
        const replay = `npm run simulate -- --from ${seed} --seeds 1 --world ${world} --health ${health}`;
        expect({ replay, violations }).toEqual({ replay, violations: [] });
      }
    },
    120_000,
  );
});
