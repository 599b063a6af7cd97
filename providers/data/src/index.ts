export { load } from "./load.ts";
export type { LoadOptions, LoadSummary } from "./load.ts";
export { flowDags } from "./flow-dags.ts";
export type { FlowDagsOptions } from "./flow-dags.ts";
export { populateDatadb, systemDags, upgradeDatadb } from "./system-dags.ts";
export type { DatadbOptions, PopulateSummary, UpgradeSummary } from "./system-dags.ts";
export { systemSchema } from "./system-schema.ts";
export { warehouseClient } from "./warehouse-client.ts";
