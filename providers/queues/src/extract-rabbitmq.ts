import type { QueueExtract } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import { connectionSettings, extractOf } from "@polyflow/sdk/runtime";
import type { Channel, ChannelModel, ConsumeMessage } from "amqplib";
import { RABBITMQ_TYPE } from "./description.ts";
import { messageLine } from "./message-record.ts";
import { queueError } from "./queue-error.ts";
import { queueTls } from "./queue-tls.ts";

const MAX_MESSAGES = 10_000;
const IDLE_SECONDS = 2;
/** The protocol counts no further. */
const MOST_MESSAGES = 65_535;

/**
 * Takes a batch of a queue. Messages are acknowledged when their records are committed; what a crash before that delivers again is told by
 * its message id, and left out.
 */
export async function extractRabbitmq(connection: Connection, source: QueueExtract, request: ExtractRequest): Promise<Extract> {
  const { client, channel } = await openRabbitmq(connection);
  const taken: string[] = [];
  let last: ConsumeMessage | undefined;
  async function* content(): AsyncGenerator<Uint8Array, void> {
    const messages = await takeBatch(channel, source, request).catch((error: unknown) => {
      throw queueError(connection, `cannot read the queue ${source.name}`, error);
    });
    last = messages.at(-1);
    const ids = messages.flatMap((message) => idOf(message) ?? []);
    const known = new Set(await request.loadedMessages(ids));
    const doubtful = messages.filter((message) => message.fields.redelivered && idOf(message) === undefined).length;
    if (doubtful > 0)
      request.log.warning(
        `${doubtful} messages were delivered again and have no message id: whether they are loaded already cannot be told`,
      );
    let doubles = 0;
    for (const message of messages) {
      const messageId = idOf(message);
      if (messageId !== undefined && known.has(messageId)) {
        doubles++;
        continue;
      }
      if (messageId !== undefined) {
        known.add(messageId);
        taken.push(messageId);
      }
      yield Buffer.from(messageLine(source, textOf(message.content), factsOf(message)));
    }
    request.log.info(`${messages.length} messages of ${source.name}${doubles > 0 ? `, ${doubles} of them loaded already` : ""}`);
  }
  return extractOf({
    format: "ndjson",
    content: content(),
    messageIds: () => taken,
    committed: async () => {
      if (last !== undefined) channel.ack(last, true);
    },
    // what is not acknowledged by then goes back to the queue
    close: async () => {
      await channel.close().catch(() => undefined);
      await client.close().catch(() => undefined);
    },
  });
}

/** @throws PolyflowError `external_system_failed` */
export async function openRabbitmq(connection: Connection): Promise<{ readonly client: ChannelModel; readonly channel: Channel }> {
  const settings = connectionSettings(connection, RABBITMQ_TYPE);
  const tls = queueTls(settings);
  const { connect } = await import("amqplib");
  const address = {
    protocol: tls === undefined ? "amqp" : "amqps",
    hostname: settings.text("host") ?? "localhost",
    port: settings.number("port") ?? (tls === undefined ? 5672 : 5671),
    username: settings.text("login") ?? "guest",
    password: settings.text("password") ?? "guest",
    vhost: settings.text("schema") ?? "/",
  };
  const timeout = (settings.number("connect_timeout") ?? 10) * 1000;
  try {
    const client = await connect(address, { timeout, clientProperties: { connection_name: "polyflow" }, ...tls });
    // what breaks is met at the call in hand
    client.on("error", () => undefined);
    const channel = await client.createChannel();
    channel.on("error", () => undefined);
    return { client, channel };
  } catch (error) {
    throw queueError(connection, "cannot reach RabbitMQ", error);
  }
}

/** Messages until there are enough, or none comes for a while. */
async function takeBatch(channel: Channel, source: QueueExtract, { signal }: ExtractRequest): Promise<readonly ConsumeMessage[]> {
  const most = Math.min(source.maxMessages ?? MAX_MESSAGES, MOST_MESSAGES);
  const idleMs = (source.idleSeconds ?? IDLE_SECONDS) * 1000;
  const messages: ConsumeMessage[] = [];
  await channel.prefetch(most);
  const over = Promise.withResolvers<void>();
  // a queue that is not there fails the call itself before anybody waits for this
  over.promise.catch(() => undefined);
  let idle = setTimeout(over.resolve, idleMs);
  const abort = (): void => over.reject(signal.reason);
  const broken = (): void => over.reject(new Error("the server has closed the channel"));
  signal.addEventListener("abort", abort, { once: true });
  channel.once("close", broken);
  try {
    const { consumerTag } = await channel.consume(source.name, (message) => {
      if (message === null) return over.reject(new Error("the queue was deleted"));
      messages.push(message);
      clearTimeout(idle);
      if (messages.length >= most) over.resolve();
      else idle = setTimeout(over.resolve, idleMs);
    });
    await over.promise;
    await channel.cancel(consumerTag);
    return messages.slice(0, most);
  } finally {
    clearTimeout(idle);
    signal.removeEventListener("abort", abort);
    channel.off("close", broken);
  }
}

function textOf(content: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(content);
}

/** Senders that give no id leave it out, or empty. */
function idOf({ properties }: ConsumeMessage): string | undefined {
  const id: unknown = properties.messageId;
  return typeof id === "string" && id !== "" ? id : undefined;
}

function factsOf(message: ConsumeMessage): { readonly [name: string]: string | undefined } {
  const timestamp: unknown = message.properties.timestamp;
  return {
    _message_id: idOf(message),
    _timestamp: typeof timestamp === "number" ? new Date(timestamp * 1000).toISOString() : undefined,
    _routing_key: message.fields.routingKey,
  };
}
