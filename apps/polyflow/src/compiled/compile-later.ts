import { execFile } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock, Logger } from "@polyflow/service-kit";
import { findProgram } from "./find-program.ts";

const COMPILER = fileURLToPath(new URL("./compile-program.ts", import.meta.url));
/** What is just starting, and the first tasks, need the processor themselves. */
const COMPILE_AFTER_MS = 5_000;

/**
 * Has the program compiled for the next start, unless that is done: by a process of its own that gives way to all others. When it fails the
 * next start is slower and no more.
 * @returns what stops it and waits for its end
 */
export function compileLater({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }): () => Promise<void> {
  const stopped = new AbortController();
  let compiling: Promise<void> = Promise.resolve();
  const cancelTimer = clock.schedule(COMPILE_AFTER_MS, () => {
    if (findProgram() === undefined) compiling = compile(stopped.signal, logger);
  });
  return () => {
    cancelTimer();
    stopped.abort();
    return compiling;
  };
}

function compile(signal: AbortSignal, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["--disable-warning=ExperimentalWarning", COMPILER], { signal }, (error) => {
      if (error !== null && !signal.aborted) logger.warn("the program could not be compiled; the next start takes longer", { error });
      resolve();
    });
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  });
}
