import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { withUsedComponents } from "./used-components.ts";

/** Gathers the OpenAPI document from the routes that follow; routes with `schema: { hide: true }` stay out of it. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Polyflow API",
        version,
        description:
          "Public REST API of Polyflow. Paths and fields under `/api/v2` are those of Airflow 3, as far as they exist here. " +
          "Errors are `{detail, code, details?}`; docs/errors.md explains the codes.",
        license: { name: "Apache-2.0" },
      },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "A token of `POST /auth/token`." } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withUsedComponents(jsonSchemaTransformObject(document)),
  });
}
