import type { LogLine } from "@polyflow/contracts";
import type { AttemptAccess } from "../api/execution-api-client.ts";
import { retrying } from "../api/retry.ts";
import { AttemptLog } from "../log/attempt-log.ts";
import type { SecretMask } from "../log/secret-mask.ts";
import type { AttemptParts } from "./attempt-parts.ts";

/** How long lines are kept for a server that is away; afterwards they are lost, which the worker's own log says. */
const KEEP_LINES_MS = 300_000;

/** The log of an attempt, stored at the server. */
export function openAttemptLog(access: AttemptAccess, mask: SecretMask, parts: AttemptParts): AttemptLog {
  const { api, clock, logger, logLimits, random, signal } = parts;
  const ship = async (lines: readonly LogLine[]): Promise<void> => {
    try {
      await retrying({ clock, random, signal, forMs: KEEP_LINES_MS }, () => api.appendLogs(access, lines));
    } catch (error) {
      logger.warn("log lines lost", { attemptId: access.attemptId, lines: lines.length, error: String(error) });
    }
  };
  return new AttemptLog({ clock, limits: logLimits, mask, ship, onTail: () => parts.crashPoint("log_tail_pending") });
}
