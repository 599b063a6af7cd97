export { answerOf } from "./answer-of.ts";
export { type ApiClient, type ApiClientOptions, createApiClient } from "./create-api-client.ts";
export type { components, paths } from "./generated/schema.gen.ts";
