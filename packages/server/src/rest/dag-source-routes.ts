import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { cutPage, paging } from "../http/query.ts";
import { existingDag } from "../records/existing-records.ts";
import { requireWholeFile } from "../records/require-whole-file.ts";
import { versionFacts } from "../records/run-versions.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { dagSource, dagVersion, dagVersionCollection } from "./schemas/dag-schemas.ts";
import { versionView } from "./views/dag-view.ts";

const versionNumber = z.coerce.number().int().min(1);

/** The source of a DAG and its versions. */
export function addDagSourceRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/dagSources/:dag_id",
    {
      config: { policy: onDag("read", "DAG Code") },
      schema: {
        tags: ["DagSource"],
        summary: "Get the source of the file that defines a DAG; text/plain gives the source alone",
        params: dagPath,
        querystring: z.strictObject({ version_number: versionNumber.optional() }),
        response: { 200: dagSource, ...errors.one },
      },
    },
    async (request, reply) => {
      const dag = await existingDag(store, request.params.dag_id);
      await requireWholeFile(store, dag, callerOf(request).rights);
      const found = await store.dags.getSource(dag.dagId, request.query.version_number);
      if (found === undefined) throw noVersion(dag.dagId, request.query.version_number ?? dag.versionNumber);
      if ((request.headers.accept ?? "").startsWith("text/plain")) {
        void reply.type("text/plain; charset=utf-8").serializer((answer: { readonly content: string }) => answer.content);
      }
      return { content: found.source, dag_id: dag.dagId, dag_display_name: dag.displayName, version_number: found.versionNumber };
    },
  );

  app.get(
    "/api/v2/dags/:dag_id/dagVersions",
    {
      config: { policy: onDag("read", "DAG Versions") },
      schema: {
        tags: ["DagVersion"],
        summary: "List the versions of a DAG, newest first",
        params: dagPath,
        querystring: z.strictObject({ version_number: versionNumber.optional(), ...paging }),
        response: { 200: dagVersionCollection, ...errors.one },
      },
    },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      const wanted = request.query.version_number;
      const all = await store.dags.listVersions(dag.dagId);
      const found = all
        .filter((version) => wanted === undefined || version.versionNumber === wanted)
        .toSorted((left, right) => right.versionNumber - left.versionNumber);
      const page = cutPage(found, request.query).map((version) => versionView(versionFacts(version, dag.bundleName)));
      return { dag_versions: page, total_entries: found.length };
    },
  );

  app.get(
    "/api/v2/dags/:dag_id/dagVersions/:version_number",
    {
      config: { policy: onDag("read", "DAG Versions") },
      schema: {
        tags: ["DagVersion"],
        summary: "Get a version of a DAG",
        params: dagPath.extend({ version_number: versionNumber }),
        response: { 200: dagVersion, ...errors.one },
      },
    },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      const found = (await store.dags.listVersions(dag.dagId)).find((version) => version.versionNumber === request.params.version_number);
      if (found === undefined) throw noVersion(dag.dagId, request.params.version_number);
      return versionView(versionFacts(found, dag.bundleName));
    },
  );
}

function noVersion(dagId: string, number: number): PolyflowError {
  return new PolyflowError("not_found", `DAG "${dagId}" has no version ${number}.`);
}
