import { PolyflowError } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import type { Provider } from "@polyflow/sdk/runtime";
import { description } from "./description.ts";
import { queueError } from "./queue-error.ts";

/** RabbitMQ, Redis and Kafka as sources; each client is imported when a connection of its type is opened. */
export const provider: Provider = { name: "queues", description, sqlConnectionTypes: [], extract, test: testConnection };

async function extract(connection: Connection, request: ExtractRequest): Promise<Extract> {
  const { source } = request;
  if (source.kind !== "queue") {
    throw new PolyflowError("metadata_invalid", `Source "${request.name}": messages are read with \`queue\`, not with \`${source.kind}\`.`);
  }
  switch (kindOf(connection)) {
    case "rabbitmq":
      return (await import("./extract-rabbitmq.ts")).extractRabbitmq(connection, source, request);
    case "redis":
      return (await import("./extract-redis.ts")).extractRedis(connection, source, request);
    case "kafka":
      return (await import("./extract-kafka.ts")).extractKafka(connection, source, request);
  }
}

async function testConnection(connection: Connection): Promise<string> {
  switch (kindOf(connection)) {
    case "rabbitmq": {
      const { client, channel } = await (await import("./extract-rabbitmq.ts")).openRabbitmq(connection);
      await channel.close();
      await client.close();
      return `RabbitMQ, virtual host ${connection.schema ?? "/"}`;
    }
    case "redis": {
      const client = await (await import("./extract-redis.ts")).openRedis(connection);
      const info = await client.info("server").finally(() => client.disconnect());
      return `Redis ${/redis_version:(\S+)/.exec(info)?.[1] ?? ""}, database ${connection.schema ?? "0"}`;
    }
    case "kafka": {
      const consumer = await (await import("./extract-kafka.ts")).openKafka(connection);
      try {
        const { brokers, topics } = await consumer.metadata({});
        return `Kafka with ${brokers.size} brokers and ${topics.size} topics`;
      } catch (error) {
        throw queueError(connection, "cannot reach Kafka", error);
      } finally {
        await consumer.close(true).catch(() => undefined);
      }
    }
  }
}

export function kindOf(connection: Pick<Connection, "connectionId" | "type">): "rabbitmq" | "redis" | "kafka" {
  const found = description.connectionTypes.find(
    ({ type, aliases }) => type === connection.type || aliases?.includes(connection.type) === true,
  )?.type;
  if (found === "rabbitmq" || found === "redis" || found === "kafka") return found;
  throw new PolyflowError("config_invalid", `Connection "${connection.connectionId}" is of type "${connection.type}", which is no queue.`);
}
