import { PolyflowError } from "@polyflow/contracts";
import type { FastifyRequest } from "fastify";
import type { Readable } from "node:stream";

/** The one file of a request. @throws PolyflowError `request_invalid` */
export async function uploadedFile(
  request: FastifyRequest,
  maxBytes: number,
): Promise<{ readonly name: string; readonly content: Readable }> {
  const part = request.isMultipart() ? await request.file({ limits: { fileSize: maxBytes + 1 } }) : undefined;
  if (part === undefined) throw new PolyflowError("request_invalid", "body: send multipart/form-data with one part `file`.");
  return { name: part.filename, content: part.file };
}
