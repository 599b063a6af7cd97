import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import multipart from "@fastify/multipart";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { decisionsOf } from "../data/decisions-of.ts";
import type { App } from "../server-context.ts";
import { uploadedFile } from "../uploads/uploaded-file.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import {
  rejectCount,
  rejectDismissBody,
  rejectExportQuery,
  rejectFixBody,
  rejectPath,
  rejectReplayBody,
  rejectsReplayed,
} from "./schemas/data-decision-schemas.ts";

const tags = ["Rejects"];
const EDIT = globally("edit", "Data");
const READ = globally("read", "Data");
const KINDS = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const;
/** Excel itself ends at about so much text that a person corrects by hand. */
const MOST_EXPORT_BYTES = 50_000_000;

/** Rejected records: download, correct, load again (B4). */
export async function addRejectRoutes(app: App, context: RestContext): Promise<void> {
  addRejectExport(app, context);
  addRejectDecisions(app, context);
  await addRejectImport(app, context);
}

function addRejectExport(app: App, context: RestContext): void {
  app.get(
    "/api/v2/data/rejects/export",
    {
      config: { policy: READ },
      schema: {
        tags,
        summary: "Download rejects with their records as CSV or xlsx, to be corrected there",
        querystring: rejectExportQuery,
        response: { 200: z.any().meta({ description: "The file." }), ...errors.list },
      },
    },
    async (request, reply) => {
      const { format, language, load_id: loadId, ...filter } = request.query;
      const bytes = await decisionsOf(context).exportRejects({ ...filter, loadId }, { format, language });
      void reply
        .type(KINDS[format])
        .header("content-disposition", `attachment; filename="rejects.${format}"`)
        .send(Readable.from([Buffer.from(bytes)], { objectMode: false }));
      return reply;
    },
  );
}

function addRejectDecisions(app: App, context: RestContext): void {
  app.patch(
    "/api/v2/data/rejects/:reject_id",
    {
      config: { policy: EDIT, audit: "fix_reject" },
      schema: {
        tags,
        summary: "Correct the record of a reject; it then waits to be loaded",
        params: rejectPath,
        body: rejectFixBody,
        response: { 200: rejectCount, ...errors.create },
      },
    },
    async (request) => {
      const { reject_id: rejectId } = request.params;
      await decisionsOf(context).fixReject(rejectId, request.body.values);
      request.auditDetails = { reject_id: rejectId, fields: Object.keys(request.body.values) };
      return { count: 1 };
    },
  );

  app.post(
    "/api/v2/data/rejects/dismiss",
    {
      config: { policy: EDIT, audit: "dismiss_rejects" },
      schema: {
        tags,
        summary: "Take rejects off the list without loading them",
        body: rejectDismissBody,
        response: { 200: rejectCount, ...errors.create },
      },
    },
    async (request) => {
      const { load_id: loadId, reject_id: rejectId } = request.body;
      const count = await decisionsOf(context).dismissRejects({ loadId, rejectId });
      request.auditDetails = { load_id: loadId, reject_id: rejectId ?? null, count };
      return { count };
    },
  );

  app.post(
    "/api/v2/data/rejects/replay",
    {
      config: { policy: EDIT, audit: "replay_rejects" },
      schema: {
        tags,
        summary: "Load corrected records by their flow",
        body: rejectReplayBody,
        response: { 200: rejectsReplayed, ...errors.create },
      },
    },
    async (request) => {
      const { load_id: loadId, which, project } = request.body;
      const { loadId: replayLoadId, ...counts } = await decisionsOf(context).replayRejects({ loadId, which, project });
      request.auditDetails = { load_id: loadId, which, replay_load_id: replayLoadId, ...counts };
      return { load_id: replayLoadId, ...counts };
    },
  );
}

async function addRejectImport(app: App, context: RestContext): Promise<void> {
  await app.register(async (scope: App) => {
    await scope.register(multipart, { limits: { files: 1, fields: 0, parts: 1, headerPairs: 50, fileSize: MOST_EXPORT_BYTES } });
    scope.post(
      "/api/v2/data/rejects/import",
      {
        config: { policy: EDIT, audit: "import_rejects" },
        bodyLimit: MOST_EXPORT_BYTES + 10_000,
        schema: {
          tags,
          summary: "Correct all records that were changed in a download: multipart/form-data with one part `file`",
          response: { 200: rejectCount, ...errors.create },
        },
      },
      async (request) => {
        const { name, content } = await uploadedFile(request, MOST_EXPORT_BYTES);
        const count = await decisionsOf(context).fixRejects(await buffer(content));
        request.auditDetails = { name, count };
        return { count };
      },
    );
  });
}
