import { dag } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provider } from "./provider.ts";
import { queueSensor } from "./queue-sensor.ts";
import { hasRedis, type QueueServer, startRedis } from "./testing/queue-servers.ts";
import { readBatch } from "./testing/read-batch.ts";

// skipped: needs redis-server
describe.skipIf(!hasRedis)("B2: Redis as a source", () => {
  let server: QueueServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis({ host: "127.0.0.1", port: server.connection.port ?? 0 });
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  test("a stream: each entry once, from where the last committed batch ended; what a crash left uncommitted comes again", async () => {
    for (const n of [1, 2, 3]) await client.xadd("events", "*", "n", String(n), "note", "ё");
    const first = await readBatch(server.connection, { name: "events", maxMessages: 2 });
    expect(first.records).toMatchObject([{ n: "1", note: "ё", _message_id: expect.stringMatching(/^\d+-\d+$/) }, { n: "2" }]);
    const again = await readBatch(server.connection, { name: "events" }, { commits: false });
    expect(again.records).toHaveLength(3);
    const state = { state: first.state };
    expect((await readBatch(server.connection, { name: "events" }, state)).records).toMatchObject([{ n: "3" }]);
    expect((await readBatch(server.connection, { name: "none" })).state).toBeUndefined();
  });

  test("an entry that is one JSON object keeps its digits; text stays text", async () => {
    await client.xadd("json", "*", "payload", '{"id": 9007199254740993, "x": 1.10}');
    expect((await readBatch(server.connection, { name: "json" })).text).toMatch(
      /^\{"id": 9007199254740993, "x": 1.10,"_message_id":"\d+-\d+"\}\n$/,
    );
    expect((await readBatch(server.connection, { name: "json", body: "text" })).records).toMatchObject([
      { body: '{"id": 9007199254740993, "x": 1.10}' },
    ]);
  });

  test("a list: first in, first out; a batch that a crash left behind is loaded, or dropped when its commit is known, never both", async () => {
    await client.lpush("orders", ...[1, 2, 3].map((n) => JSON.stringify({ n })));
    const source = { name: "orders", type: "list", maxMessages: 2 } as const;
    const lost = await readBatch(server.connection, source, { commits: false });
    expect(lost.records.map(({ n }) => n)).toEqual([1, 2]);
    const retried = await readBatch(server.connection, source, { commits: false });
    expect(retried.records).toEqual(lost.records);
    expect(retried.state).toEqual(lost.state);
    // now the batch is committed in the warehouse, and the crash came before Redis was told
    const next = await readBatch(server.connection, source, { state: retried.state });
    expect(next.records.map(({ n }) => n)).toEqual([3]);
    expect(await client.keys("orders*")).toEqual([]);
    expect((await readBatch(server.connection, source, { state: next.state })).records).toEqual([]);
  });

  test("messages that are no JSON objects are named", async () => {
    await client.lpush("bad", "oops");
    await expect(readBatch(server.connection, { name: "bad", type: "list" })).rejects.toThrow(
      /A message of bad is no JSON object: oops.*`body: text`/,
    );
  });

  test("A5: queueSensor counts, and takes nothing", async () => {
    await client.lpush("waiting", "a", "b");
    const look = async (count: number, queue: string = "waiting") => {
      const definition = dag("a", () => void queueSensor({ id: "t", connection: "cache", queue, count, timeout: "0s", softFail: true }));
      return (await runDag(definition, { connections: { cache: server.connection }, providers: [provider] })).task("t");
    };
    expect((await look(2)).output).toBe(2);
    expect((await look(3)).state).toBe("skipped");
    expect(await client.llen("waiting")).toBe(2);
    expect((await look(1, "not yet")).state).toBe("skipped");
    await client.set("text", "x");
    expect((await look(1, "text")).reason).toContain(
      'The key "text" of connection "cache" is of type string: a queue is a list or a stream.',
    );
  });

  test("A5: options of queueSensor that types would refuse are import errors", () => {
    const described = (options: object) => () => dag("a", () => void queueSensor({ id: "t", connection: "cache", ...options } as never));
    expect(described({})).toThrow('task "t": queue is missing: it has to be a text.');
    expect(described({ queue: "q", count: "many" })).toThrow('count: "many" is not a whole number from 0 on.');
  });

  test("A8: a test of the connection", async () => {
    expect(await provider.test(server.connection, AbortSignal.timeout(5000))).toMatch(/Redis \d+\.\d+.*, database 0/);
  });
});
