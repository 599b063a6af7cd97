import { flowDags, systemDags } from "@polyflow/provider-data";

/** `df_upgrade_datadb` and `df_populate_datadb`. */
systemDags();

/** Every flow with a `schedule` in metadata/flows becomes a DAG. */
await flowDags(new URL("..", import.meta.url));
