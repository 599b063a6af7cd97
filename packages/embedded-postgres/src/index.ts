export { createEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from "./embedded-postgres.ts";
export { startTemporaryPostgres, type TemporaryPostgres } from "./temporary-postgres.ts";
