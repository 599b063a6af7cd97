// node run-peer.mjs NAME URL JOBS ROUNDS: no-op jobs through a queue, enqueued before the clock starts; prints milliseconds per round as JSON.
const [name, url, jobsText, roundsText] = process.argv.slice(2);
const jobs = Number(jobsText);
const rounds = Number(roundsText);

/** Counts jobs that ended, and says when all of a round have. */
class Counter {
  #left = 0;
  #done = Promise.withResolvers();

  begin() {
    this.#left = jobs;
    this.#done = Promise.withResolvers();
  }

  count(by = 1) {
    this.#left -= by;
    if (this.#left === 0) this.#done.resolve();
  }

  get allDone() {
    return this.#done.promise;
  }
}

const counter = new Counter();
const numbers = Array.from({ length: jobs }, (_, index) => index);

/** Each contender: `enqueue` fills the queue, `start` lets the worker go and gives the way to stop it. */
const CONTENDERS = {
  async "graphile-worker"() {
    const { makeWorkerUtils, run } = await import("graphile-worker");
    const utils = await makeWorkerUtils({ connectionString: url });
    await utils.migrate();
    return {
      async enqueue() {
        await utils.addJobs(numbers.map((n) => ({ identifier: "noop", payload: { n } })));
      },
      async start() {
        const runner = await run({
          connectionString: url,
          concurrency: 16,
          noHandleSignals: true,
          logger: quiet(await import("graphile-worker")),
          taskList: { noop: () => counter.count() },
        });
        return () => runner.stop();
      },
      close: () => utils.release(),
    };
  },
  async "pg-boss"() {
    const { PgBoss } = await import("pg-boss");
    const boss = new PgBoss({ connectionString: url });
    await boss.start();
    await boss.createQueue("noop");
    return {
      async enqueue() {
        await boss.insert(
          "noop",
          numbers.map((n) => ({ data: { n } })),
        );
      },
      async start() {
        // tuned: while batches come back full it does not pause between them
        const id = await boss.work("noop", { batchSize: 100, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }, async (batch) =>
          counter.count(batch.length),
        );
        return () => boss.offWork("noop", { id });
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
  async bullmq() {
    const { Queue, Worker } = await import("bullmq");
    const { hostname: host, port } = new URL(url);
    const connection = { host, port: Number(port), maxRetriesPerRequest: null };
    const queue = new Queue("noop", { connection });
    return {
      async enqueue() {
        await queue.addBulk(numbers.map((n) => ({ name: "noop", data: { n } })));
      },
      async start() {
        const worker = new Worker("noop", async () => counter.count(), { connection, concurrency: 16 });
        return () => worker.close();
      },
      close: () => queue.close(),
    };
  },
};

function quiet({ Logger }) {
  return new Logger(() => () => undefined);
}

const contender = await CONTENDERS[name]();
const times = [];
for (let round = 0; round <= rounds; round++) {
  counter.begin();
  await contender.enqueue();
  const startMs = performance.now();
  const stop = await contender.start();
  await counter.allDone;
  if (round > 0) times.push(performance.now() - startMs);
  await stop();
}
await contender.close();
console.log(JSON.stringify(times));
process.exit(0);
