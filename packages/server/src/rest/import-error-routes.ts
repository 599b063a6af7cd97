import { PolyflowError } from "@polyflow/contracts";
import type { ImportErrorRecord } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { globally } from "../access/policy.ts";
import { cutPage, paging } from "../http/query.ts";
import { visibleImportErrors } from "../records/visible-import-errors.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { importError, importErrorCollection } from "./schemas/dag-schemas.ts";

/** Files that could not be read. The list and the single error are filtered alike. */
export function addImportErrorRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/importErrors",
    {
      config: { policy: globally("read", "ImportError") },
      schema: {
        tags: ["Import Error"],
        summary: "List import errors",
        querystring: z.strictObject(paging),
        response: { 200: importErrorCollection, ...errors.list },
      },
    },
    async (request) => {
      const found = await visibleImportErrors(store, callerOf(request).rights);
      return { import_errors: cutPage(found, request.query).map(view), total_entries: found.length };
    },
  );

  app.get(
    "/api/v2/importErrors/:import_error_id",
    {
      config: { policy: globally("read", "ImportError") },
      schema: {
        tags: ["Import Error"],
        summary: "Get an import error",
        params: z.object({ import_error_id: z.coerce.number().int().min(0) }),
        response: { 200: importError, ...errors.one },
      },
    },
    async (request) => {
      const id = request.params.import_error_id;
      const found = (await visibleImportErrors(store, callerOf(request).rights)).find((error) => error.importErrorId === id);
      if (found === undefined) throw new PolyflowError("not_found", `There is no import error ${id}.`);
      return view(found);
    },
  );
}

function view(error: ImportErrorRecord): z.infer<typeof importError> {
  const place = error.line === null ? "" : `:${error.line}${error.column === null ? "" : `:${error.column}`}`;
  return {
    import_error_id: error.importErrorId,
    timestamp: error.at.toISOString(),
    filename: error.relativePath,
    bundle_name: error.bundleName,
    stack_trace: [`${error.relativePath}${place}: ${error.message}`, ...(error.stack === null ? [] : [error.stack])].join("\n\n"),
  };
}
