import type { EntityDefinition, FlowDefinition, ProjectMetadata } from "@polyflow/metadata-model";

/** Flows that write an entity. */
export function flowsInto(metadata: ProjectMetadata, entity: EntityDefinition): readonly FlowDefinition[] {
  return [...metadata.flows.values()].filter((flow) => flow.target === entity.ref);
}

/** Flows that read a source. */
export function flowsFrom(metadata: ProjectMetadata, source: string): readonly FlowDefinition[] {
  return [...metadata.flows.values()].filter((flow) => flow.source === source);
}

/** Which fields of which sources feed a column. */
export function fieldsInto(flows: readonly FlowDefinition[], column: string) {
  return flows.flatMap((flow) =>
    flow.mapping.flatMap((mapping) =>
      mapping.kind === "field" && mapping.column === column ? [{ flow: flow.name, source: flow.source, field: mapping.field }] : [],
    ),
  );
}

/** Which columns of which entities a field feeds. */
export function columnsFrom(flows: readonly FlowDefinition[], field: string) {
  return flows.flatMap((flow) =>
    flow.mapping.flatMap((mapping) =>
      mapping.kind === "field" && mapping.field === field ? [{ flow: flow.name, entity: flow.target, column: mapping.column }] : [],
    ),
  );
}
