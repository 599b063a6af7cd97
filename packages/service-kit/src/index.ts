export * from "./backoff.ts";
export * from "./clock.ts";
export * from "./logger.ts";
export * from "./service.ts";
export * from "./test-signal.ts";
