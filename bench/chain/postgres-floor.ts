import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedPostgres } from "@polyflow/embedded-postgres";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import pg from "pg";

/**
 * The baseline: what a hand-off must cost at least when PostgreSQL is the truth. One connection commits "done, next is ready" and
 * notifies; another wakes, claims the next with `for update skip locked` and commits. No engine around it, same server settings.
 */
export class PostgresFloor {
  readonly #dir: string = mkdtempSync(join(tmpdir(), "polyflow-bench-floor-"));
  readonly #server = createEmbeddedPostgres({ dir: join(this.#dir, "postgres"), logger: silentLogger, clock: systemClock });
  #worker: pg.Client | undefined;
  #waker: pg.Client | undefined;

  async start(): Promise<void> {
    await this.#server.start();
    const connectionString = this.#server.connectionUrl("postgres");
    this.#worker = new pg.Client({ connectionString });
    this.#waker = new pg.Client({ connectionString });
    await this.#worker.connect();
    await this.#waker.connect();
    await this.#worker.query("create table step (id int primary key, state text not null)");
    await this.#waker.query("listen step_ready");
  }

  /** Milliseconds of each of the hand-offs of a chain of `tasks` steps. */
  async handOffs(tasks: number): Promise<readonly number[]> {
    const { worker, waker } = this.#connections();
    await worker.query("truncate step");
    await worker.query("insert into step select n, case when n = 0 then 'running' else 'waiting' end from generate_series(0, $1) n", [
      tasks,
    ]);
    const times: number[] = [];
    for (let id = 0; id < tasks; id++) {
      const startedMs = performance.now();
      const woken = new Promise<void>((resolve) => waker.once("notification", () => resolve()));
      await worker.query({
        name: "complete",
        text: `with done as (update step set state = 'success' where id = $1 and state = 'running' returning id),
                    ready as (update step set state = 'ready' where id = $1 + 1 and exists (select from done))
               select pg_notify('step_ready', '')`,
        values: [id],
      });
      await woken;
      await waker.query({
        name: "claim",
        text: "update step set state = 'running' where id = (select id from step where state = 'ready' for update skip locked limit 1) returning id",
      });
      times.push(performance.now() - startedMs);
    }
    return times;
  }

  async stop(): Promise<void> {
    await this.#worker?.end();
    await this.#waker?.end();
    await this.#server.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #connections(): { readonly worker: pg.Client; readonly waker: pg.Client } {
    if (this.#worker === undefined || this.#waker === undefined) throw new Error("the floor has not been started");
    return { worker: this.#worker, waker: this.#waker };
  }
}
