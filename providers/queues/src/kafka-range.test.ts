import { expect, test } from "vitest";
import { kafkaRange, type KafkaOffsets } from "./kafka-range.ts";
import { provider } from "./provider.ts";

const offsets = (more: Partial<KafkaOffsets>): KafkaOffsets => ({
  earliest: [0n, 5n],
  latest: [10n, 20n],
  state: undefined,
  start: "earliest",
  most: 100,
  ...more,
});

test("B2: Kafka: the first load begins where the source says, the next where the last one ended", () => {
  expect(kafkaRange(offsets({}))).toEqual([
    { partition: 0, from: 0n, to: 10n },
    { partition: 1, from: 5n, to: 20n },
  ]);
  expect(kafkaRange(offsets({ start: "latest" }))).toMatchObject([
    { from: 10n, to: 10n },
    { from: 20n, to: 20n },
  ]);
  // partition 1 is new since then
  expect(kafkaRange(offsets({ start: "latest", state: { offsets: { 0: "7" } } }))).toMatchObject([
    { from: 7n, to: 10n },
    { from: 5n, to: 20n },
  ]);
});

test("B2: Kafka: a batch has a size; messages that were deleted unread are a fault", () => {
  expect(kafkaRange(offsets({ most: 12 }))).toMatchObject([{ to: 10n }, { from: 5n, to: 7n }]);
  expect(() => kafkaRange(offsets({ state: { offsets: { 1: "3" } } }))).toThrow(/Messages 3 to 4 of partition 1 were deleted/);
});

test("A8: Kafka: brokers that are not there are named; the client loads", async () => {
  const connection = {
    connectionId: "bus",
    type: "kafka",
    host: "127.0.0.1",
    port: 1,
    login: null,
    password: null,
    schema: null,
    extra: { connect_timeout: 1 },
  };
  await expect(provider.test(connection, AbortSignal.timeout(5000))).rejects.toThrow(/Connection "bus": cannot reach Kafka at 127.0.0.1:1/);
}, 20_000);
