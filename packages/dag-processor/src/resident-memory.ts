import { readFile } from "node:fs/promises";
import { isAbsence } from "./dag-files.ts";

/** Linux reports memory in pages; Node runs there with pages of 4 KiB on x64 and arm64 alike, unless the kernel was built otherwise. */
const PAGE_BYTES = 4_096;

/** Resident memory of a process in bytes, buffers included; undefined when it is gone or the system does not tell. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const statm = await readFile(`/proc/${pid}/statm`, "utf8");
    const pages = Number(statm.split(" ")[1]);
    return Number.isFinite(pages) ? pages * PAGE_BYTES : undefined;
  } catch (error) {
    if (isAbsence(error) || (error instanceof Error && "code" in error && error.code === "ESRCH")) return undefined;
    throw error;
  }
}
