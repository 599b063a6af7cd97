import { PolyflowError } from "@polyflow/contracts";
import { checkOptions, sensor, SENSOR_SETTINGS, type SensorTaskOptions, type TaskContext, type TaskHandle } from "@polyflow/sdk";
import { reasonOf } from "@polyflow/sdk/runtime";
import { kindOf } from "./provider.ts";
import { queueError } from "./queue-error.ts";

/** Options of `queueSensor`. */
export interface QueueSensorOptions extends SensorTaskOptions {
  /** Id of a connection to RabbitMQ or Redis. */
  readonly connection: string;
  /** Name of the queue, or key of the stream or list. Templates are rendered in it. */
  readonly queue: string;
  /** At least so many messages. Default 1. */
  readonly count?: number;
}

/**
 * Adds a task that waits for messages; it takes none of them. The output is how many there are.
 *
 * @example
 * queueSensor({ id: "orders_wait", connection: "mq", queue: "orders", count: 100, mode: "defer" });
 */
export function queueSensor(given: QueueSensorOptions): TaskHandle<number> {
  const { connection, queue, count = 1, ...options } = given;
  checkOptions(options, { connection: [connection, "text"], queue: [queue, "text"], count: [count, "count"] }, SENSOR_SETTINGS);
  return sensor<number, {}, { readonly queue: string }>({
    ...options,
    name: "queue_sensor",
    details: { connection, queue, count },
    fields: { queue },
    poke: async (context, _input, fields) => {
      const waiting = await messagesIn(context, connection, fields.queue);
      return waiting >= count ? { done: true, value: waiting } : false;
    },
  });
}

async function messagesIn(context: TaskContext, connectionId: string, queue: string): Promise<number> {
  const connection = await context.connection(connectionId);
  switch (kindOf(connection)) {
    case "rabbitmq": {
      const { client, channel } = await (await import("./extract-rabbitmq.ts")).openRabbitmq(connection);
      try {
        const { messageCount } = await channel.checkQueue(queue).catch((error: unknown) => {
          if (!/NOT[_-]FOUND/.test(reasonOf(error))) throw queueError(connection, `cannot look at the queue ${queue}`, error);
          throw new PolyflowError(
            "external_system_failed",
            `Connection "${connectionId}" has no queue "${queue}". Declare it on the server, or name another; \`silentFail\` waits until it is there.`,
            { cause: error },
          );
        });
        return messageCount;
      } finally {
        await channel.close().catch(() => undefined);
        await client.close().catch(() => undefined);
      }
    }
    case "redis": {
      const client = await (await import("./extract-redis.ts")).openRedis(connection);
      try {
        const type = await client.type(queue);
        if (type === "list") return await client.llen(queue);
        if (type === "stream") return await client.xlen(queue);
        if (type === "none") return 0;
        throw new PolyflowError(
          "external_system_failed",
          `The key "${queue}" of connection "${connectionId}" is of type ${type}: a queue is a list or a stream. Name another key.`,
        );
      } finally {
        client.disconnect();
      }
    }
    case "kafka":
      throw new PolyflowError(
        "request_invalid",
        `Connection "${connectionId}" leads to Kafka, which does not say how many messages wait. Load with a flow; an empty batch costs nothing.`,
      );
  }
}
