// node run-peer.mjs NAME SETTINGS URL MEASURE SIZE ROUNDS: one measure of one queue; the last line printed is its numbers as a JSON object.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { CONTENDERS } from "./contenders.mjs";

const CLIENTS = 16;
/** What a job that waits for its instant needs to be known to all. */
const SETTLE_MS = 3_000;
const HOUR_MS = 3_600_000;

/** Counts jobs, and says when so many have been seen. */
class Awaited {
  #left;
  #all = Promise.withResolvers();

  constructor(jobs) {
    this.#left = jobs;
  }

  count() {
    this.#left -= 1;
    if (this.#left === 0) this.#all.resolve();
  }

  get all() {
    return this.#all.promise;
  }
}

const MEASURES = {
  /** `size` jobs, enqueued before the worker starts: ms until the last has run, per round. */
  async drain(contender, size, rounds) {
    const totalsMs = [];
    for (let round = 0; round <= rounds; round++) {
      const jobs = new Awaited(size);
      await contender.add(numbers(size));
      const startMs = performance.now();
      const stop = await contender.start(() => jobs.count());
      await jobs.all;
      if (round > 0) totalsMs.push(performance.now() - startMs);
      await stop();
    }
    return { totalsMs };
  },

  /** A job that enqueues the next as its last act, `size` in a row: ms from before that until the next begins. */
  async chain(contender, size, rounds) {
    const handOffsMs = [];
    const totalsMs = [];
    let jobs = new Awaited(size);
    let [isCounted, startMs, endMs] = [false, 0, 0];
    const stop = await contender.start(async (n) => {
      const now = performance.now();
      if (n === 0) startMs = now;
      else if (isCounted) handOffsMs.push(now - endMs);
      endMs = now;
      if (n + 1 < size) await contender.add([{ n: n + 1 }]);
      jobs.count();
    });
    for (let round = 0; round <= rounds; round++) {
      isCounted = round > 0;
      jobs = new Awaited(size);
      await contender.add([{ n: 0 }]);
      await jobs.all;
      if (isCounted) totalsMs.push(endMs - startMs);
    }
    await stop();
    return { handOffsMs, totalsMs };
  },

  /** One job at a time: ms from enqueueing to its start. */
  async starts(contender, size, rounds) {
    const startsMs = [];
    let started = Promise.withResolvers();
    const stop = await contender.start(() => started.resolve(performance.now()));
    for (let n = 0; n < size * (rounds + 1); n++) {
      started = Promise.withResolvers();
      const askedMs = performance.now();
      await contender.add([{ n }]);
      const startMs = await started.promise;
      if (n >= size) startsMs.push(startMs - askedMs);
    }
    await stop();
    return { startsMs };
  },

  /** `size` jobs, each enqueued by a call of its own, by 16 callers, while the worker runs: jobs a second, per round. */
  async rate(contender, size, rounds) {
    const jobsPerSecond = [];
    let jobs = new Awaited(size);
    const stop = await contender.start(() => jobs.count());
    for (let round = 0; round <= rounds; round++) {
      jobs = new Awaited(size);
      const startMs = performance.now();
      let next = 0;
      const client = async () => {
        while (next < size) await contender.add([{ n: next++ }]);
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
      await jobs.all;
      if (round > 0) jobsPerSecond.push((size * 1000) / (performance.now() - startMs));
    }
    await stop();
    return { jobsPerSecond };
  },

  /** `size` jobs that are due in the same second: ms from that instant to each start. */
  async due(contender, size) {
    const delaysMs = [];
    const jobs = new Awaited(size);
    // Enqueueing must be over by then; 10,000 take some seconds.
    const dueMs = Math.ceil((Date.now() + SETTLE_MS + size * 2) / 1000) * 1000;
    const stop = await contender.start(() => {
      delaysMs.push(Date.now() - dueMs);
      jobs.count();
    });
    const runAt = new Date(dueMs);
    await contender.add(numbers(size).map(({ n }) => ({ n, runAt })));
    if (Date.now() > dueMs - 1000) throw new Error("the jobs were due before they were all enqueued");
    await jobs.all;
    await stop();
    return { delaysMs };
  },

  /** A job that is due each second, for `size` seconds: ms from its instant to its start. */
  async seconds(contender, size) {
    const delaysMs = [];
    const jobs = new Awaited(size);
    const firstMs = Math.ceil((Date.now() + SETTLE_MS) / 1000) * 1000;
    const stop = await contender.start((n) => {
      delaysMs.push(Date.now() - (firstMs + n * 1000));
      jobs.count();
    });
    await contender.add(numbers(size).map(({ n }) => ({ n, runAt: new Date(firstMs + n * 1000) })));
    await jobs.all;
    await stop();
    return { delaysMs };
  },

  /** A worker without work, then with `size` jobs that are due in an hour; says so and waits, so that its memory can be looked at. */
  async memory(contender, size) {
    const stop = await contender.start(() => undefined);
    await lookedAt("idle");
    const runAt = new Date(Date.now() + HOUR_MS);
    await contender.add(numbers(size).map(({ n }) => ({ n, runAt })));
    await lookedAt("waiting");
    await stop();
    return {};
  },
};

function numbers(size) {
  return Array.from({ length: size }, (_, n) => ({ n }));
}

async function lookedAt(what) {
  await pause(SETTLE_MS);
  console.log(what);
  await once(process.stdin, "data");
}

const [name, settings, url, measure, size, rounds] = process.argv.slice(2);
const contender = await CONTENDERS[name](url, settings);
const result = await MEASURES[measure](contender, Number(size), Number(rounds));
await contender.close();
console.log(JSON.stringify(result));
process.exit(0);
