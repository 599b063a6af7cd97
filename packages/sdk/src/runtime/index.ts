export * from "./definition.ts";
export * from "./provider.ts";
