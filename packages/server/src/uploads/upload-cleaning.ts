import { rm } from "node:fs/promises";
import type { Clock, Logger } from "@polyflow/service-kit";
import { uploadDays } from "./upload-folders.ts";

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface UploadCleaningParts {
  /** Folder of the projects' data. */
  readonly dir: string;
  /** How many whole days an upload is kept after its own; 0: for ever. */
  readonly keepDays: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Removes uploads that are too old: at once, then every hour. @returns stops it */
export function cleanUploads(parts: UploadCleaningParts): () => void {
  const { keepDays, clock, logger } = parts;
  if (keepDays === 0) return () => undefined;
  let cancel: () => void = () => undefined;
  let hasEnded = false;
  const next = (delayMs: number): void => {
    if (hasEnded) return;
    cancel = clock.schedule(delayMs, () => {
      removeOldUploads(parts)
        .catch((error: unknown) => logger.warn("old uploads could not be removed; it is tried again in an hour", { error: String(error) }))
        .finally(() => next(EVERY_MS));
    });
  };
  next(0);
  return () => {
    hasEnded = true;
    cancel();
  };
}

/** Removes the days that ended `keepDays` ago or earlier. */
async function removeOldUploads({ dir, keepDays, clock, logger }: UploadCleaningParts): Promise<void> {
  const latestStartMs = clock.now() - (keepDays + 1) * DAY_MS;
  for (const day of await uploadDays(dir)) {
    if (day.startMs > latestStartMs) continue;
    await rm(day.path, { recursive: true, force: true });
    logger.info("uploads of a day were removed: they are older than [webserver] upload_keep_days", { folder: day.path });
  }
}
