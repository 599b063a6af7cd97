import { dag, defer, fileSensor, operator, sensor, task, timeDeltaSensor, waitSensor } from "@polyflow/sdk";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Tasks that wait. A sensor looks whether something is there: in its own process (`poke`), in an attempt for each look (`reschedule`), or in
 * the triggerer, which thousands of waits share (`defer`). Rescheduled and deferred tasks take no slot meanwhile.
 */
export const exampleWaiting = dag(
  { id: "example_waiting", tags: ["example", "feature"], docMd: "Sensors in three modes, and an operator that defers." },
  () => {
    const flag = join(tmpdir(), "polyflow-example-waiting");
    const place = task("place_file", async (_input, ctx) => {
      await ctx.sleep("1s");
      const path = `${flag}-${ctx.runId.replaceAll(/[^\w]/g, "_")}`;
      await writeFile(path, "there");
      return path;
    });
    const arrived = fileSensor({
      id: "file_arrived",
      mode: "defer",
      interval: "500ms",
      timeout: "10m",
      path: `${flag}-{{ run_id | replace(":", "_") | replace("+", "_") | replace(".", "_") | replace("-", "_") }}`,
    });

    // looks three times, in three attempts of the same try
    const third = sensor({
      id: "third_look",
      mode: "reschedule",
      interval: "300ms",
      timeout: "10m",
      poke: (ctx) => (ctx.wait?.waits ?? 0) >= 2 && { done: true, value: ctx.wait?.waits ?? 0 },
    });

    // skipped, not failed, when its time is up
    sensor({ id: "never", interval: "100ms", timeout: "500ms", softFail: true, poke: () => false });

    const pause = waitSensor({ id: "short_pause", duration: "1s" });
    const past = timeDeltaSensor({ id: "already_past", delta: "0s" });

    const job = operator<number>({
      name: "remote_job",
      options: { id: "remote_job" },
      watch: (state) => ({ done: true, value: Number(state) * 2 }),
      execute: (_input, ctx) => {
        const resumed = ctx.wait?.resumed;
        if (resumed === undefined) return defer({ state: 21, every: "500ms", timeout: "10m" });
        return resumed.event !== undefined && "value" in resumed.event ? Number(resumed.event.value) : 0;
      },
    });

    task(
      "report",
      (input: { file: readonly string[]; looks: number; answer: number }) =>
        `${input.file.length} file, ${input.looks} waits, ${input.answer}`,
    )({
      file: arrived,
      looks: third,
      answer: job,
    }).after(place(), pause, past);
  },
);
