import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LogFields, Logger } from "@polyflow/service-kit";
import { pino } from "pino";

const LONGEST_LOG_BYTES = 20_000_000;
const KEPT = 3;

export interface OpenLog {
  readonly logger: Logger;
  close(): void;
}

export interface LogOptions {
  readonly dir: string;
  readonly level: "debug" | "info" | "warn" | "error";
  /** Warnings and errors also go here, for the person at the terminal. */
  readonly writeError: (text: string) => void;
}

/** The log of the whole installation, `polyflow.log`: a JSON object a line. Older ones are kept as `.1` to `.3`. */
export function openLog(options: LogOptions): OpenLog {
  const file = join(options.dir, "polyflow.log");
  rotate(file);
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
  const root = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: ["*.password", "*.token"] },
    destination,
  );
  return {
    logger: toLogger(root, options.writeError),
    close: () => destination.end(),
  };
}

function toLogger(target: pino.Logger, writeError: (text: string) => void): Logger {
  const write =
    (level: LogOptions["level"], isShown: boolean) =>
    (message: string, fields: LogFields = {}): void => {
      target[level](fields, message);
      if (isShown) writeError(`${level === "warn" ? "warning" : "error"}: ${message}${describe(fields)}\n`);
    };
  return {
    debug: write("debug", false),
    info: write("info", false),
    warn: write("warn", true),
    error: write("error", true),
    child: (fields) => toLogger(target.child(fields), writeError),
  };
}

function describe(fields: LogFields): string {
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`);
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

function rotate(file: string): void {
  if (sizeOf(file) < LONGEST_LOG_BYTES) return;
  for (let number = KEPT - 1; number >= 1; number -= 1) {
    if (sizeOf(`${file}.${number}`) > 0) renameSync(`${file}.${number}`, `${file}.${number + 1}`);
  }
  renameSync(file, `${file}.1`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
