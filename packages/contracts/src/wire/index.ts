export * from "./execution-api.ts";
export * from "./ui-api.ts";
export * from "./ui-browse.ts";
export * from "./ui-code.ts";
export * from "./waiting.ts";
export * from "./ui-emergency.ts";
export * from "./ui-trigger.ts";
export * from "./other-dags.ts";
