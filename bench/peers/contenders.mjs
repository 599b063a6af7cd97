// The queues that stand beside Polyflow, in the settings that they come with and tuned. Each opens to the same few calls.
const QUEUE = "work";
const AT_ONCE = 16;

/**
 * @typedef {{ n: number, runAt?: Date }} Job
 * @typedef {{
 *   add: (jobs: readonly Job[]) => Promise<unknown>,
 *   start: (handle: (n: number) => unknown) => Promise<() => Promise<unknown>>,
 *   close: () => Promise<unknown>,
 * }} OpenContender
 * @type {{ [name: string]: (url: string, settings: "stock" | "tuned") => Promise<OpenContender> }}
 */
export const CONTENDERS = { "graphile-worker": graphileWorker, "pg-boss": pgBoss, bullmq };

/** Tuned: fetches jobs by hundreds, completes them together, and looks ten times a second for those whose time has come. */
async function graphileWorker(url, settings) {
  const { Logger, makeWorkerUtils, run } = await import("graphile-worker");
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  const tuned = { pollInterval: 100, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
  const worker = { connectionString: url, concurrentJobs: AT_ONCE, ...(settings === "tuned" ? tuned : {}) };
  return {
    add: (jobs) => utils.addJobs(jobs.map(({ n, runAt }) => ({ identifier: QUEUE, payload: { n }, runAt }))),
    async start(handle) {
      const runner = await run({ noHandleSignals: true, logger, preset: { worker }, taskList: { [QUEUE]: ({ n }) => handle(n) } });
      return () => runner.stop();
    },
    close: () => utils.release(),
  };
}

/** Tuned: told of new jobs at once, fetches a hundred, does not pause while batches come back full. As it comes it looks every two seconds. */
async function pgBoss(url, settings) {
  const { PgBoss } = await import("pg-boss");
  const isTuned = settings === "tuned";
  const boss = new PgBoss({ connectionString: url, useListenNotify: isTuned });
  await boss.start();
  await boss.createQueue(QUEUE, { notify: isTuned });
  const tuned = { batchSize: 100, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
  const work = isTuned ? tuned : { localConcurrency: AT_ONCE };
  return {
    add: (jobs) =>
      jobs.length === 1
        ? boss.send(QUEUE, { n: jobs[0].n }, { startAfter: jobs[0].runAt })
        : boss.insert(
            QUEUE,
            jobs.map(({ n, runAt }) => ({ data: { n }, startAfter: runAt })),
          ),
    async start(handle) {
      const id = await boss.work(QUEUE, work, (batch) => Promise.all(batch.map(({ data }) => handle(data.n))));
      return () => boss.offWork(QUEUE, { id });
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/** Its settings are the same in both; what differs is Redis: as it comes, or with every write on the disk. */
async function bullmq(url) {
  const { Queue, Worker } = await import("bullmq");
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection });
  return {
    add: (jobs) =>
      queue.addBulk(
        jobs.map(({ n, runAt }) => ({
          name: QUEUE,
          data: { n },
          opts: { removeOnComplete: true, delay: runAt === undefined ? 0 : Math.max(0, runAt.getTime() - Date.now()) },
        })),
      ),
    async start(handle) {
      const worker = new Worker(QUEUE, (job) => handle(job.data.n), { connection, concurrency: AT_ONCE });
      await worker.waitUntilReady();
      return () => worker.close();
    },
    close: () => queue.close(),
  };
}
