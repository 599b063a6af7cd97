import { PolyflowError } from "@polyflow/contracts";
import type { VariableRecord, Store } from "@polyflow/store";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { likePattern } from "../http/like-pattern.ts";
import { cutPage, many, paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { addVariableBulkRoute } from "./variable-bulk-route.ts";
import { restoredText, textOf, variableView } from "./variable-view.ts";
import { variable, variableBody, variableCollection, variableKey } from "./schemas/admin-schemas.ts";
import { errors, noContent } from "./schemas/common.ts";

const tags = ["Variable"];
const path = z.object({ variable_key: variableKey });

/** Variables. Those with a sensitive name are masked, and in JSON values everything under a sensitive name, at any depth. */
export function addVariableRoutes(app: App, context: RestContext): void {
  addVariableReading(app, context);
  addVariableWriting(app, context);
  addVariableBulkRoute(app, context);
}

function addVariableReading(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/variables",
    {
      config: { policy: globally("read", "Variables") },
      schema: {
        tags,
        summary: "List variables",
        querystring: z.strictObject({
          variable_key_pattern: z.string().max(500).optional(),
          order_by: z.enum(["key", "-key"]).default("key"),
          ...paging,
        }),
        response: { 200: variableCollection, ...errors.list },
      },
    },
    async (request) => {
      const direction = request.query.order_by === "key" ? 1 : -1;
      const { variable_key_pattern: pattern } = request.query;
      const matches = pattern === undefined ? () => true : likePattern(pattern);
      const found = (await store.secrets.listVariables()).filter(({ key }) => matches(key));
      const all = found.toSorted((left, right) => direction * (left.key < right.key ? -1 : Number(left.key > right.key)));
      return { variables: cutPage(all, request.query).map(variableView), total_entries: all.length };
    },
  );

  app.get(
    "/api/v2/variables/:variable_key",
    {
      config: { policy: globally("read", "Variables") },
      schema: { tags, summary: "Get a variable", params: path, response: { 200: variable, ...errors.one } },
    },
    async (request) => variableView(await existing(store, request.params.variable_key)),
  );
}

function addVariableWriting(app: App, { store }: RestContext): void {
  app.post(
    "/api/v2/variables",
    {
      config: { policy: globally("create", "Variables"), audit: "create_variable" },
      schema: { tags, summary: "Create a variable", body: variableBody, response: { 201: variable, ...errors.create } },
    },
    async (request, reply) => {
      const { key, value, description } = request.body;
      if ((await store.secrets.getVariable(key)) !== undefined) {
        throw new PolyflowError("variable_exists", `There is a variable "${key}" already. Change it with PATCH.`);
      }
      const record = { key, value: textOf(value), description: description ?? null };
      await store.secrets.saveVariable(record);
      request.auditDetails = { key };
      return reply.code(201).send(variableView(record));
    },
  );

  app.patch(
    "/api/v2/variables/:variable_key",
    {
      config: { policy: globally("edit", "Variables"), audit: "edit_variable" },
      schema: {
        tags,
        summary: "Change a variable; masked values that come back unchanged keep what is stored",
        params: path,
        querystring: z.strictObject({ update_mask: many(z.enum(["key", "value", "description"])).optional() }),
        body: variableBody,
        response: { 200: variable, ...errors.create },
      },
    },
    async (request) => {
      const { variable_key: key } = request.params;
      if (request.body.key !== key)
        throw new PolyflowError("request_invalid", `body.key: is "${request.body.key}", but the address names "${key}".`);
      const stored = await existing(store, key);
      const takes = (field: "value" | "description"): boolean =>
        request.query.update_mask?.includes(field) ?? request.body[field] !== undefined;
      const changed = {
        key,
        value: takes("value") ? restoredText(request.body.value, stored.value) : stored.value,
        description: takes("description") ? (request.body.description ?? null) : stored.description,
      };
      await store.secrets.saveVariable(changed);
      request.auditDetails = { key };
      return variableView(changed);
    },
  );

  app.delete(
    "/api/v2/variables/:variable_key",
    {
      config: { policy: globally("delete", "Variables"), audit: "delete_variable" },
      schema: { tags, summary: "Delete a variable", params: path, response: { 204: noContent, ...errors.one } },
    },
    async (request, reply) => {
      const { variable_key: key } = request.params;
      if (!(await store.secrets.deleteVariable(key))) throw unknown(key);
      request.auditDetails = { key };
      return reply.code(204).send();
    },
  );
}

async function existing(store: Store, key: string): Promise<VariableRecord> {
  const found = await store.secrets.getVariable(key);
  if (found === undefined) throw unknown(key);
  return found;
}

function unknown(key: string): PolyflowError {
  return new PolyflowError("variable_not_found", `There is no variable "${key}".`);
}
