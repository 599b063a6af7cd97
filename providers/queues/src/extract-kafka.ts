import { randomUUID } from "node:crypto";
import type { Consumer, MessagesStream } from "@platformatic/kafka";
import { type JsonObject, PolyflowError, type QueueExtract } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import { connectionSettings, extractOf } from "@polyflow/sdk/runtime";
import { KAFKA_TYPE } from "./description.ts";
import { kafkaRange, type PartitionRange } from "./kafka-range.ts";
import { messageLine } from "./message-record.ts";
import { queueError } from "./queue-error.ts";
import { queueTls } from "./queue-tls.ts";

const MAX_MESSAGES = 10_000;
const LATEST = -1n;
const EARLIEST = -2n;

/**
 * Reads the messages of a topic from where the last committed load ended up to what is there now. How far it came is kept with the data,
 * not in Kafka, so that each message is loaded once.
 */
export async function extractKafka(connection: Connection, source: QueueExtract, request: ExtractRequest): Promise<Extract> {
  const consumer = await openKafka(connection);
  try {
    const ranges = await rangesOf(consumer, source, request.state);
    const next = new Map(ranges.map(({ partition, from }) => [partition, from]));
    let stream: MessagesStream<Buffer, Buffer, Buffer, Buffer> | undefined;
    async function* content(): AsyncGenerator<Uint8Array, void> {
      const wanted = ranges.filter(({ from, to }) => from < to);
      if (wanted.length === 0) return;
      const offsets = wanted.map(({ partition, from }) => ({ topic: source.name, partition, offset: from }));
      stream = await consumer.consume({ topics: [source.name], mode: "manual", offsets, autocommit: false });
      const ends = new Map(wanted.map(({ partition, to }) => [partition, to]));
      for await (const { partition, offset, key, value, timestamp } of stream) {
        const end = ends.get(partition);
        if (end === undefined || offset >= end) continue;
        yield Buffer.from(
          messageLine(source, value.toString("utf8"), {
            _message_id: `${partition}:${offset}`,
            _partition: partition,
            _offset: offset.toString(),
            _key: key === null ? undefined : key.toString("utf8"),
            _timestamp: new Date(Number(timestamp)).toISOString(),
          }),
        );
        next.set(partition, offset + 1n);
        if (offset + 1n >= end) ends.delete(partition);
        if (ends.size === 0) break;
      }
    }
    return extractOf({
      format: "ndjson",
      content: content(),
      state: () => ({ offsets: Object.fromEntries([...next].map(([partition, offset]) => [String(partition), offset.toString()])) }),
      close: async () => {
        await stream?.close().catch(() => undefined);
        await consumer.close(true).catch(() => undefined);
      },
    });
  } catch (error) {
    await consumer.close(true).catch(() => undefined);
    throw queueError(connection, `cannot read the topic ${source.name}`, error);
  }
}

/** A client; it connects when it is first asked something. */
export async function openKafka(connection: Connection): Promise<Consumer<Buffer, Buffer, Buffer, Buffer>> {
  const settings = connectionSettings(connection, KAFKA_TYPE);
  const tls = queueTls(settings);
  const login = settings.text("login");
  const port = settings.number("port") ?? 9092;
  const { Consumer: KafkaConsumer } = await import("@platformatic/kafka");
  return new KafkaConsumer({
    clientId: "polyflow",
    // offsets are kept with the data; the group exists for this load alone
    groupId: `polyflow-${randomUUID()}`,
    bootstrapBrokers: settings
      .require("host")
      .split(",")
      .map((broker) => (broker.includes(":") ? broker.trim() : `${broker.trim()}:${port}`)),
    connectTimeout: (settings.number("connect_timeout") ?? 10) * 1000,
    retries: 1,
    autocreateTopics: false,
    ...(login === undefined
      ? {}
      : { sasl: { mechanism: mechanismOf(settings.text("mechanism")), username: login, password: settings.text("password") ?? "" } }),
    ...(tls === undefined ? {} : { tls }),
  });
}

function mechanismOf(text: string | undefined): "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" {
  return text === "SCRAM-SHA-256" || text === "SCRAM-SHA-512" ? text : "PLAIN";
}

async function rangesOf(
  consumer: Consumer<Buffer, Buffer, Buffer, Buffer>,
  source: QueueExtract,
  state: JsonObject | undefined,
): Promise<readonly PartitionRange[]> {
  const topics = [source.name];
  const metadata = await consumer.metadata({ topics });
  if (!metadata.topics.has(source.name))
    throw new PolyflowError("source_unreadable", `There is no topic "${source.name}". Correct \`queue.name\`.`);
  const earliest = (await consumer.listOffsets({ topics, timestamp: EARLIEST })).get(source.name) ?? [];
  const latest = (await consumer.listOffsets({ topics, timestamp: LATEST })).get(source.name) ?? [];
  const start = source.start ?? "earliest";
  return kafkaRange({ earliest, latest, state, start, most: source.maxMessages ?? MAX_MESSAGES });
}
