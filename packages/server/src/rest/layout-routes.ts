import type { Readable } from "node:stream";
import multipart from "@fastify/multipart";
import { PolyflowError } from "@polyflow/contracts";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { globally } from "../access/policy.ts";
import type { LayoutDesigner } from "../data/layout-designer.ts";
import type { App } from "../server-context.ts";
import { uploadedFile } from "../uploads/uploaded-file.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import {
  layoutBody,
  layoutFetchBody,
  layoutFiles,
  layoutLook,
  layoutSaveBody,
  layoutSaved,
  layoutUpload,
  projectName,
} from "./schemas/layout-schemas.ts";

const tags = ["Layout"];
/** A look reads files of the project, whatever they hold. */
const LOOK = globally("edit", "Data");
/** Descriptions decide what loads do, as code does. */
const SAVE = [globally("edit", "Data"), globally("edit", "DAG Code")];

/** The layout designer: which part of a file is the table, and what its columns are (B10). */
export async function addLayoutRoutes(app: App, context: RestContext): Promise<void> {
  addLayoutReading(app, context);
  addLayoutSaving(app, context);
  await addLayoutUpload(app, context);
}

function addLayoutReading(app: App, context: RestContext): void {
  app.get(
    "/api/v2/data/layouts/files",
    {
      config: { policy: LOOK },
      schema: {
        tags,
        summary: "List files that can be laid out: of the project's source folder, and uploaded ones",
        querystring: z.strictObject({ project: projectName }),
        response: { 200: layoutFiles, ...errors.one },
      },
    },
    async (request) => {
      const { files, isCut } = await designerOf(context).files(request.query.project);
      return { files: [...files], is_cut: isCut };
    },
  );

  app.post(
    "/api/v2/data/layouts",
    {
      config: { policy: LOOK, audit: "look_at_layout", unrecorded: true },
      bodyLimit: 2_000_000,
      schema: {
        tags,
        summary: "Propose the description of a file, or show what a draft makes of it: rows, types, rejects; nothing is written",
        body: layoutBody,
        response: { 200: layoutLook, ...errors.create },
      },
    },
    async (request, reply) => {
      const { project, ...order } = request.body;
      return designerOf(context).look(project, order, goneSignal(reply));
    },
  );

  app.post(
    "/api/v2/data/layouts/fetch",
    {
      config: { policy: [LOOK, globally("read", "Connections")], audit: "fetch_layout_file" },
      schema: {
        tags,
        summary: "Take a file from a connection into the uploads of a project, to lay it out",
        body: layoutFetchBody,
        response: { 200: layoutUpload, ...errors.create },
      },
    },
    async (request, reply) => {
      const { project, address } = request.body;
      const remote = await designerOf(context).open(address, goneSignal(reply));
      try {
        const kept = await keepUpload(context, project, remote);
        request.auditDetails = { project, address, bytes: kept.bytes };
        return kept;
      } finally {
        await remote.close();
      }
    },
  );
}

function addLayoutSaving(app: App, context: RestContext): void {
  app.put(
    "/api/v2/data/layouts",
    {
      config: { policy: SAVE, audit: "save_layout" },
      bodyLimit: 2_000_000,
      schema: {
        tags,
        summary: "Save descriptions into a project's metadata, all or none",
        body: layoutSaveBody,
        response: { 200: layoutSaved, ...errors.create },
      },
    },
    async (request) => {
      const { project, ...order } = request.body;
      const addsFile = order.files.some(({ expected }) => expected === null);
      if (addsFile && !callerOf(request).rights.everywhere("create", "DAG Code"))
        throw new PolyflowError("not_allowed", "You need the right to create DAG Code for a new file. An administrator can grant it.");
      const { files } = await designerOf(context).save(project, order);
      request.auditDetails = {
        project,
        files: files.map(({ file }) => file),
        ...(order.keep === undefined ? {} : { kept: order.keep.path }),
      };
      return { files: files.map((file) => ({ ...file })) };
    },
  );
}

async function addLayoutUpload(app: App, context: RestContext): Promise<void> {
  await app.register(async (scope: App) => {
    await scope.register(multipart, { limits: { files: 1, fields: 0, parts: 1, headerPairs: 50 }, throwFileSizeLimit: false });
    scope.post(
      "/api/v2/data/layouts/uploads",
      {
        config: { policy: LOOK, audit: "upload_layout_file" },
        // The size is counted while the file is written; a limit of the whole body would cut in before it with a worse message.
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          tags,
          summary: "Upload a file to lay it out: multipart/form-data with one part `file`",
          querystring: z.strictObject({ project: projectName }),
          response: { 200: layoutUpload, ...errors.create },
        },
      },
      async (request) => {
        const { project } = request.query;
        designerOf(context);
        const given = await uploadedFile(request, context.uploads?.settings.maxBytes ?? 0);
        const kept = await keepUpload(context, project, given);
        request.auditDetails = { project, name: kept.name, bytes: kept.bytes };
        return kept;
      },
    );
  });
}

async function keepUpload(context: RestContext, project: string, given: { readonly name: string; readonly content: Readable }) {
  const { uploads } = context;
  if (!designerOf(context).projectNames().includes(project)) throw new PolyflowError("not_found", `There is no project "${project}".`);
  if (uploads === undefined) throw new PolyflowError("upload_refused", "This server takes no files: it has no data folder.");
  const { path, name, bytes } = await uploads.store(project, given);
  return { place: "upload" as const, path: uploads.relativePath(project, path), name, bytes };
}

/** Aborted when nobody waits for the answer any more: a look at a large file ends then. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableEnded) gone.abort(new PolyflowError("request_invalid", "The request was given up."));
  });
  return gone.signal;
}

/** @throws PolyflowError `not_found` where the server has no designer. */
function designerOf({ layouts }: RestContext): LayoutDesigner {
  if (layouts !== undefined) return layouts;
  throw new PolyflowError("not_found", "This server has no layout designer: it was started without projects.");
}
