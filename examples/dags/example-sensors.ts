import { dag, dateTimeSensor, sensor, sql, sqlSensor, type TaskContext, type TaskHandle, timeSensor } from "@polyflow/sdk";

/** A sensor of one's own as a function: options in, a task out. */
function luckyNumber(options: { readonly id: string; readonly oneIn: number }): TaskHandle<number> {
  return sensor<number>({
    id: options.id,
    interval: "100ms",
    timeout: "10m",
    poke: () => {
      const drawn = Math.floor(Math.random() * options.oneIn);
      return drawn === 0 && { done: true, value: drawn };
    },
  });
}

/** And as a class, where several share what they are made of. */
class Countdown {
  readonly #looks: number;

  constructor(looks: number) {
    this.#looks = looks;
  }

  wait(id: string): TaskHandle<unknown> {
    return sensor({ id, mode: "reschedule", interval: "200ms", timeout: "10m", poke: (ctx) => this.#isOver(ctx) });
  }

  #isOver({ wait, log }: TaskContext): boolean {
    const left = this.#looks - (wait?.waits ?? 0);
    log.info(`${left} more looks`);
    return left <= 0;
  }
}

export const exampleSensors = dag(
  {
    id: "example_sensors",
    description: "A database, times, sensors of one's own / База данных, время, собственные датчики",
    owner: "examples",
    tags: ["example", "feature"],
  },
  () => {
    const filled = sql({ id: "fill", connection: "df", statement: "create table if not exists example_sensors as select 3 as rows" });
    sqlSensor({
      id: "rows_are_there",
      connection: "df",
      statement: "select rows from example_sensors",
      success: (row) => Number(row["rows"]) >= 3,
      mode: "defer",
      interval: "500ms",
      timeout: "10m",
    }).after(filled);
    timeSensor({ id: "after_midnight", time: "00:00" });
    dateTimeSensor({ id: "since_the_new_year", until: "2026-01-01T00:00:00Z" });
    luckyNumber({ id: "lucky_number", oneIn: 3 });
    new Countdown(2).wait("countdown");
  },
);
