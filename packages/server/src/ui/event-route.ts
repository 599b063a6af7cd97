import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { FILTERED, type RightPolicy } from "../access/policy.ts";
import { dagId } from "../http/path-params.ts";
import type { EventSink } from "../events/event-client.ts";
import type { App, ServerContext } from "../server-context.ts";
import type { FastifyReply } from "fastify";

const query = z.strictObject({ dag_id: dagId.optional() });

const policy: RightPolicy = {
  action: "read",
  resource: "DAGs",
  dagId: (request) => query.parse(request.query).dag_id ?? FILTERED,
};

/** Live changes as server-sent events; a browser that comes back reads everything anew, so that nothing is kept for it. */
export function addUiEventRoute(app: App, { events }: ServerContext): void {
  app.get(
    "/events",
    { config: { policy }, compress: false, exposeHeadRoute: false, schema: { hide: true, querystring: query } },
    async (request, reply) => {
      reply.hijack();
      const leave = events.join({ caller: callerOf(request), dagId: request.query.dag_id, sink: openStream(reply) });
      reply.raw.once("close", leave);
      return reply;
    },
  );
}

/** Writes the head with the headers that hooks have set, and keeps proxies from buffering. */
function openStream(reply: FastifyReply): EventSink {
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
  raw.write("retry: 1000\n: connected\n\n");
  return {
    write: (text) => void raw.write(text),
    get waitingBytes() {
      return raw.writableLength;
    },
    end: () => void raw.end(),
  };
}
