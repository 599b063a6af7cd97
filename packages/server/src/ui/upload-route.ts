import multipart from "@fastify/multipart";
import { PolyflowError } from "@polyflow/contracts";
import { uiUpload } from "@polyflow/contracts/wire";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";
import { uploadedFile } from "../uploads/uploaded-file.ts";

/** Takes a file for a parameter of a run: `multipart/form-data` with one part `file`, written as it comes. */
export async function addUiUploadRoute(app: App, { store, uploads }: ServerContext): Promise<void> {
  await app.register(async (scope: App) => {
    await scope.register(multipart, { limits: { files: 1, fields: 0, parts: 1, headerPairs: 50 }, throwFileSizeLimit: false });
    scope.post(
      "/dags/:dag_id/uploads",
      {
        config: { policy: onDag("create", "DAG Runs"), audit: "upload_file" },
        // The size is counted while the file is written; a limit of the whole body would cut in before it with a worse message.
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: { hide: true, params: dagPath, response: { 200: uiUpload } },
      },
      async (request) => {
        if (uploads === undefined) throw new PolyflowError("upload_refused", "This server takes no files: it has no data folder.");
        const dag = await existingDag(store, request.params.dag_id);
        const stored = await uploads.store(dag.bundleName, await uploadedFile(request, uploads.settings.maxBytes));
        request.auditDetails = { name: stored.name, bytes: stored.bytes };
        return stored;
      },
    );
  });
}
