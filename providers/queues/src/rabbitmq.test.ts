import { dag } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { type ChannelModel, connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provider } from "./provider.ts";
import { queueSensor } from "./queue-sensor.ts";
import { hasRabbitmq, type QueueServer, startRabbitmq } from "./testing/queue-servers.ts";
import { readBatch } from "./testing/read-batch.ts";

// skipped: needs rabbitmq-server
describe.skipIf(!hasRabbitmq)("B2: RabbitMQ as a source", () => {
  let server: QueueServer;
  let client: ChannelModel;
  beforeAll(async () => {
    server = await startRabbitmq();
    client = await connect({ hostname: "127.0.0.1", port: server.connection.port ?? 0 });
  }, 60_000);
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  async function publish(queue: string, messages: readonly { readonly id?: string; readonly body: string }[]): Promise<void> {
    const channel = await client.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true });
    const json = { contentType: "application/json" };
    for (const { id, body } of messages)
      channel.sendToQueue(queue, Buffer.from(body), id === undefined ? json : { ...json, messageId: id });
    await channel.waitForConfirms();
    await channel.close();
  }
  const depth = async (queue: string): Promise<number> => {
    const channel = await client.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    await channel.close();
    return messageCount;
  };

  test("messages are acknowledged after the commit; those of a load that died come again and are left out when they were loaded", async () => {
    await publish(
      "orders",
      [1, 2, 3].map((n) => ({ id: `m${n}`, body: `{"n": ${n}, "big": 9007199254740993}` })),
    );
    const lost = await readBatch(server.connection, { name: "orders", maxMessages: 2 }, { commits: false });
    expect(lost.text).toContain('{"n": 1, "big": 9007199254740993,"_message_id":"m1"');
    expect(lost.messageIds).toEqual(["m1", "m2"]);
    const loaded = { loadedMessages: async (ids: readonly string[]) => new Set(ids.filter((id) => lost.messageIds.includes(id))) };
    const next = await readBatch(server.connection, { name: "orders" }, loaded);
    expect(next.records).toMatchObject([{ n: 3, _message_id: "m3" }]);
    expect(next.log.join()).toContain("3 messages of orders, 2 of them loaded already");
    expect(await depth("orders")).toBe(0);
    expect((await readBatch(server.connection, { name: "orders" })).records).toEqual([]);
  });

  test("a message that was sent twice is loaded once; redelivery without ids is said", async () => {
    await publish("twice", [{ id: "a", body: "{}" }, { id: "a", body: "{}" }, { body: "{}" }]);
    expect((await readBatch(server.connection, { name: "twice" }, { commits: false })).records).toHaveLength(2);
    expect((await readBatch(server.connection, { name: "twice" })).log.join()).toMatch(
      /1 messages were delivered again and have no message id/,
    );
  });

  test("A5: queueSensor counts, and takes nothing; a queue that is not there is named with what to do", async () => {
    await publish("waiting", [{ body: "{}" }, { body: "{}" }]);
    const look = async (queue: string, count: number) => {
      const definition = dag("a", () => void queueSensor({ id: "t", connection: "mq", queue, count, timeout: "0s", softFail: true }));
      return (await runDag(definition, { connections: { mq: server.connection }, providers: [provider] })).task("t");
    };
    expect((await look("waiting", 2)).output).toBe(2);
    expect((await look("waiting", 3)).state).toBe("skipped");
    expect(await depth("waiting")).toBe(2);
    expect(await look("wating", 1)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining('Connection "mq" has no queue "wating". Declare it on the server, or name another'),
    });
  });

  test("a queue that is not there, a server that is not there", async () => {
    await expect(readBatch(server.connection, { name: "none" })).rejects.toThrow(/cannot read the queue none.*NOT_FOUND/);
    expect(await provider.test(server.connection, AbortSignal.timeout(5000))).toBe("RabbitMQ, virtual host /");
    await expect(
      provider.test({ ...server.connection, port: 1, extra: { connect_timeout: 1 } }, AbortSignal.timeout(5000)),
    ).rejects.toThrow(/cannot reach RabbitMQ at 127.0.0.1:1/);
  });
});
