import { randomUUID } from "node:crypto";
import type { JsonObject, QueueExtract } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import { connectionSettings, extractOf } from "@polyflow/sdk/runtime";
import type { Redis } from "ioredis";
import { REDIS_TYPE } from "./description.ts";
import { messageLine } from "./message-record.ts";
import { queueError } from "./queue-error.ts";
import { queueTls } from "./queue-tls.ts";

const MAX_MESSAGES = 10_000;
const PAGE = 1_000;

/** Takes a batch of a Redis stream or list. */
export async function extractRedis(connection: Connection, source: QueueExtract, request: ExtractRequest): Promise<Extract> {
  const client = await openRedis(connection);
  try {
    return source.type === "list" ? await extractList(client, source, request) : extractStream(client, source, request);
  } catch (error) {
    client.disconnect();
    throw queueError(connection, `cannot read ${source.name}`, error);
  }
}

/** @throws PolyflowError `external_system_failed` */
export async function openRedis(connection: Connection): Promise<Redis> {
  const settings = connectionSettings(connection, REDIS_TYPE);
  const tls = queueTls(settings);
  const { Redis: Client } = await import("ioredis");
  const optional = { username: settings.text("login"), password: settings.text("password") };
  const client = new Client({
    host: settings.text("host") ?? "localhost",
    port: settings.number("port") ?? 6379,
    db: Number(settings.text("schema") ?? "0"),
    connectionName: "polyflow",
    connectTimeout: (settings.number("connect_timeout") ?? 10) * 1000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    lazyConnect: true,
    ...(optional.username === undefined ? {} : { username: optional.username }),
    ...(optional.password === undefined ? {} : { password: optional.password }),
    ...(tls === undefined ? {} : { tls }),
  });
  // a connection that breaks fails the command in hand
  const failure: { last?: unknown } = {};
  client.on("error", (error: unknown) => {
    failure.last = error;
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.disconnect();
    throw queueError(connection, "cannot reach Redis", failure.last ?? error);
  }
}

/** Entries after the last one that was committed: their ids grow, so that nothing need be acknowledged. */
function extractStream(client: Redis, source: QueueExtract, request: ExtractRequest): Extract {
  const most = source.maxMessages ?? MAX_MESSAGES;
  let last = typeof request.state?.["last"] === "string" ? request.state["last"] : undefined;
  async function* content(): AsyncGenerator<Uint8Array, void> {
    let count = 0;
    for (;;) {
      request.signal.throwIfAborted();
      const entries = await client.xrange(source.name, last === undefined ? "-" : `(${last}`, "+", "COUNT", Math.min(PAGE, most - count));
      for (const [id, values] of entries) {
        yield Buffer.from(entryLine(source, id, values));
        last = id;
      }
      count += entries.length;
      if (entries.length === 0 || count >= most) break;
    }
    request.log.info(`${count} entries of the stream ${source.name}`);
  }
  return extractOf({
    format: "ndjson",
    content: content(),
    state: () => (last === undefined ? undefined : { last }),
    close: async () => client.disconnect(),
  });
}

/** The fields of an entry; one that holds nothing but an object in JSON is that object. */
function entryLine(source: QueueExtract, id: string, values: readonly string[]): string {
  const facts = { _message_id: id };
  const [, only] = values;
  if (source.body === "text")
    return messageLine(source, values.length === 2 && only !== undefined ? only : JSON.stringify(pairs(values)), facts);
  if (values.length === 2 && only?.trimStart().startsWith("{") === true) return messageLine(source, only, facts);
  return messageLine(source, JSON.stringify(pairs(values)), facts);
}

function pairs(values: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(values.flatMap((name, index) => (index % 2 === 0 ? [[name, values[index + 1] ?? ""]] : [])));
}

/** Moves messages to a list of our own at one stroke, and says which batch they are. */
const TAKE = `
if redis.call('EXISTS', KEYS[2]) == 1 then return redis.call('GET', KEYS[3]) end
for i = 1, tonumber(ARGV[1]) do
  if not redis.call('RPOPLPUSH', KEYS[1], KEYS[2]) then break end
end
if redis.call('EXISTS', KEYS[2]) == 0 then return false end
redis.call('SET', KEYS[3], ARGV[2])
return ARGV[2]`;

/**
 * A list has no ids: what is taken goes to a list beside it (`<name>:polyflow`) under the name of its batch. The batch that was committed
 * last is known from the state, so that one which a crash left behind is loaded, or dropped, but never both.
 */
async function extractList(client: Redis, source: QueueExtract, request: ExtractRequest): Promise<Extract> {
  const [own, mark] = [`${source.name}:polyflow`, `${source.name}:polyflow:batch`];
  const take = async (): Promise<string | undefined> => {
    const answer: unknown = await client.eval(TAKE, 3, source.name, own, mark, source.maxMessages ?? MAX_MESSAGES, randomUUID());
    return typeof answer === "string" ? answer : undefined;
  };
  const committed = request.state?.["batch"];
  let batch = await take();
  if (batch !== undefined && batch === committed) {
    await client.del(own, mark);
    batch = await take();
  }
  async function* content(): AsyncGenerator<Uint8Array, void> {
    const length = batch === undefined ? 0 : await client.llen(own);
    // the oldest stands last
    for (let end = length - 1; end >= 0; end -= PAGE) {
      const page = await client.lrange(own, Math.max(end - PAGE + 1, 0), end);
      for (const [index, body] of page.toReversed().entries()) {
        yield Buffer.from(messageLine(source, body, { _message_id: `${batch}:${length - end + index}` }));
      }
    }
    request.log.info(`${length} messages of the list ${source.name}`);
  }
  return extractOf({
    format: "ndjson",
    content: content(),
    state: (): JsonObject | undefined => (batch === undefined ? undefined : { batch }),
    committed: async () => {
      if (batch !== undefined) await client.del(own, mark);
    },
    close: async () => client.disconnect(),
  });
}
