export type { CallServer, NearAttemptCalls, ServerCall } from "./api/in-process-client.ts";
export { CRASH_POINTS } from "./crash-points.ts";
export type { CrashPoint, CrashPointHook } from "./crash-points.ts";
export type { ProviderModule } from "./protocol/messages.ts";
export { createSupervisor } from "./supervisor.ts";
export type { Supervisor } from "./supervisor.ts";
export type { ProjectFolder, SupervisorOptions } from "./supervisor-options.ts";
