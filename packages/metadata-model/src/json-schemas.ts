import type { JsonSchema } from "./schema-check.ts";
import { ENTITY_SCHEMA } from "./schemas/entity-schema.ts";
import { FLOW_SCHEMA } from "./schemas/flow-schema.ts";
import { SOURCE_SCHEMA } from "./schemas/source-schema.ts";

/** The schemas that metadata files are checked against, for editors; the same ones that a load uses. */
export const JSON_SCHEMAS: { readonly [kind in "source" | "entity" | "flow"]: JsonSchema } = {
  source: SOURCE_SCHEMA,
  entity: ENTITY_SCHEMA,
  flow: FLOW_SCHEMA,
};
