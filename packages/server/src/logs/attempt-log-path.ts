import { createHash } from "node:crypto";
import { join } from "node:path";
import { UNMAPPED } from "@polyflow/contracts";

/** Which attempt a log belongs to. */
export interface AttemptLocation {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}

/** Which attempt at a callback a log belongs to. */
export interface CallbackLocation {
  readonly dagId: string;
  readonly runId: string;
  readonly callbackId: string;
  readonly attempt: number;
}

/** Bytes of a name that still fit into a file name (255) with their prefix. */
const LONGEST_NAME_BYTES = 200;

/**
 * Path of an attempt's log below the log folder:
 * `dag_id=…/run_id=…/task_id=…[/map_index=…]/attempt=N.ndjson` (Airflow's default layout); of a callback
 * `dag_id=…/run_id=…/callback=…/attempt=N.ndjson`.
 * Whatever the ids hold, the path has exactly these segments: nothing in an id can leave the folder.
 */
export function attemptLogPath(location: AttemptLocation | CallbackLocation): string {
  if ("callbackId" in location) {
    return join(
      `dag_id=${encodeName(location.dagId)}`,
      `run_id=${encodeName(location.runId)}`,
      `callback=${encodeName(location.callbackId)}`,
      `attempt=${wholeNumber(location.attempt)}.ndjson`,
    );
  }
  const mapped = location.mapIndex === UNMAPPED ? [] : [`map_index=${wholeNumber(location.mapIndex)}`];
  return join(
    `dag_id=${encodeName(location.dagId)}`,
    `run_id=${encodeName(location.runId)}`,
    `task_id=${encodeName(location.taskId)}`,
    ...mapped,
    `attempt=${wholeNumber(location.tryNumber)}.ndjson`,
  );
}

/** Folder of all logs of a run, below the log folder. */
export function runLogFolder(dagId: string, runId: string): string {
  return join(`dag_id=${encodeName(dagId)}`, `run_id=${encodeName(runId)}`);
}

/** Letters, digits and the signs of ids stay readable; the rest is percent-encoded; long names end in a hash instead. */
function encodeName(name: string): string {
  const encoded = name.replaceAll(/[^\p{L}\p{N}_.~:+@=-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
  const bytes = Buffer.from(encoded);
  if (bytes.length <= LONGEST_NAME_BYTES) return encoded;
  const head = bytes
    .subarray(0, LONGEST_NAME_BYTES - 40)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  return `${head}~${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
}

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no index of an attempt's log`);
  return String(value);
}
