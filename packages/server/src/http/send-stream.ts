import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** Answers with text that comes piece by piece; the response schema describes other formats of the same answer. */
export function sendStream(reply: FastifyReply, contentType: string, text: AsyncIterable<string>): void {
  void reply.type(contentType).send(Readable.from(text, { objectMode: false }));
}
