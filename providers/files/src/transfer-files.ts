import { createHash } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";
import {
  checkOptions,
  type FileEntry,
  type FileStore,
  operator,
  SkipTask,
  type TaskContext,
  type TaskHandle,
  type TaskOptions,
} from "@polyflow/sdk";
import { addressOf, type FilePlace, openPlace, type OpenPlace, shownPlace } from "./open-address.ts";
import { nameOf } from "./store-path.ts";

/** Options of `transferFiles`. */
export interface TransferFilesOptions extends TaskOptions {
  /** A file, or a mask for several: `sftp://bank/out/*.csv`, or a path in the project. */
  readonly from: FilePlace;
  /** A file, or, ending with `/`, the folder that the files go to under their names. */
  readonly to: FilePlace;
  /** What a file of the same name that is there already means. Default `replace`. `skip` leaves it as it is. */
  readonly ifExists?: "replace" | "skip" | "fail";
  /** Delete each file at its origin when its copy is there. Default false. */
  readonly move?: boolean;
  /** Read each copy again and compare its SHA-256. Default false: its size is compared. */
  readonly verify?: boolean;
  /** What it means that no file fits: the task fails (default), is skipped, or succeeds with an empty list. */
  readonly ifNone?: "fail" | "skip" | "succeed";
}

/** One file that was transferred. */
export interface TransferredFile {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Of the bytes that were read. */
  readonly sha256: string;
}

const PROGRESS_EVERY_BYTES = 256 << 20;

/**
 * Adds a task that copies files between any two of: the project's folder, a folder of the machine, SFTP, FTP(S), S3, and from HTTP.
 * Templates are rendered in both places. They pass through in small pieces; each appears at its target when it is complete. The output lists them with their checksums.
 *
 * @example
 * transferFiles({ id: "fetch", from: "sftp://bank/out/*.csv", to: "source/in/", move: true, retries: 2 });
 */
export function transferFiles(given: TransferFilesOptions): TaskHandle<readonly TransferredFile[]> {
  const { from, to, ifExists = "replace", move = false, verify = false, ifNone = "fail", ...options } = given;
  checkOptions(options, {
    from: [from, "file place"],
    to: [to, "file place"],
    ifExists: [ifExists, ["replace", "skip", "fail"]],
    move: [move, "flag"],
    verify: [verify, "flag"],
    ifNone: [ifNone, ["fail", "skip", "succeed"]],
  });
  // a wrong address is a mistake in the file, not in the run
  for (const place of [from, to]) addressOf(place);
  return operator<readonly TransferredFile[], {}, { readonly from: FilePlace; readonly to: FilePlace }>({
    name: "transfer_files",
    options,
    details: { from: shownPlace(from), to: shownPlace(to), ifExists, move, verify },
    fields: { from, to },
    execute: async (_input, context, { from, to }) => {
      const [source, target] = await Promise.all([openPlace(context, from), openPlace(context, to)]);
      const files = await filesOf(source, from);
      if (files.length === 0) return none(from, ifNone);
      const paths = targetPaths(files, target.path, to);
      const done: TransferredFile[] = [];
      for (const file of files) {
        const path = paths.get(file.path) ?? "";
        if (ifExists !== "replace" && (await target.store.stat(path)) !== undefined) {
          if (ifExists === "fail")
            throw new PolyflowError("request_invalid", `${path} is at ${shownPlace(to)} already, and \`ifExists\` says "fail".`);
          context.log.info(`${path} is there already: left as it is`);
          continue;
        }
        done.push(await transfer(context, { source: source.store, target: target.store, file, path, verify }));
        if (move) await source.store.delete(file.path);
      }
      context.log.info(`${done.length} of ${files.length} files, ${megabytes(done.reduce((sum, { bytes }) => sum + bytes, 0))}`);
      return done;
    },
  });
}

const WILDCARD = /[*?[]/;

async function filesOf({ store, path }: OpenPlace, from: FilePlace): Promise<readonly FileEntry[]> {
  if (WILDCARD.test(path)) return store.list(path);
  const entry = await store.stat(path);
  if (entry !== undefined) return [entry];
  throw new PolyflowError("file_not_found", `There is no file ${shownPlace(from)}. Write the path from the connection's root, or a mask.`);
}

function none(from: FilePlace, ifNone: "fail" | "skip" | "succeed"): readonly TransferredFile[] {
  const message = `No file fits ${shownPlace(from)}`;
  if (ifNone === "skip") throw new SkipTask(message);
  if (ifNone === "succeed") return [];
  throw new PolyflowError("file_not_found", `${message}. \`ifNone: "skip"\` or "succeed" says that this is no fault.`);
}

function targetPaths(files: readonly FileEntry[], path: string, to: FilePlace): ReadonlyMap<string, string> {
  const isFolder = path.endsWith("/") || path === "." || path === "";
  if (!isFolder && files.length > 1) {
    throw new PolyflowError(
      "request_invalid",
      `${files.length} files cannot all become ${shownPlace(to)}. End \`to\` with \`/\` to name a folder.`,
    );
  }
  const paths = new Map(files.map((file) => [file.path, isFolder ? `${path}${nameOf(file.path)}` : path]));
  const twice = [...paths.values()].find((each, index, all) => all.indexOf(each) !== index);
  if (twice === undefined) return paths;
  throw new PolyflowError("request_invalid", `Two files of different folders would both become ${twice}. Transfer one folder at a time.`);
}

interface Transfer {
  readonly source: FileStore;
  readonly target: FileStore;
  readonly file: FileEntry;
  readonly path: string;
  readonly verify: boolean;
}

async function transfer(context: TaskContext, { source, target, file, path, verify }: Transfer): Promise<TransferredFile> {
  const { signal, log } = context;
  const startedMs = performance.now();
  const hash = createHash("sha256");
  let passed = 0;
  async function* hashed(): AsyncGenerator<Uint8Array, void> {
    let reported = 0;
    for await (const chunk of await source.read(file.path, { signal })) {
      const bytes: Uint8Array = chunk;
      hash.update(bytes);
      passed += bytes.length;
      if (passed - reported >= PROGRESS_EVERY_BYTES) {
        reported = passed;
        log.info(`${file.path}: ${megabytes(passed)} of ${megabytes(file.size)}`);
      }
      yield bytes;
    }
  }
  await target.write(path, hashed(), { signal });
  const sha256 = hash.digest("hex");
  if (verify) await compare(target, { path, sha256, signal });
  log.info(`${file.path} → ${path}: ${megabytes(passed)} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s, sha256 ${sha256}`);
  return { from: file.path, to: path, bytes: passed, sha256 };
}

async function compare(
  target: FileStore,
  wanted: { readonly path: string; readonly sha256: string; readonly signal: AbortSignal },
): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of await target.read(wanted.path, { signal: wanted.signal })) hash.update(chunk);
  const found = hash.digest("hex");
  if (found === wanted.sha256) return;
  await target.delete(wanted.path);
  throw new PolyflowError(
    "external_system_failed",
    `The copy ${wanted.path} differs from its origin (sha256 ${found} instead of ${wanted.sha256}) and was deleted. Run the task again.`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
