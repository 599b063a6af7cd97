import { randomUUID } from "node:crypto";
import type { DagSpec } from "@polyflow/contracts";
import type { ParsedFile } from "@polyflow/store";
import { usesAssets } from "../assets/publish-assets.ts";
import { canonicalJson, sha256Hex } from "../canonical-json.ts";
import type { Transaction } from "../database.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import * as sql from "./publish-many-statements.ts";
import {
  errorValues,
  type FileOfDags,
  hasCallbacks,
  hasDates,
  initialScheduleState,
  isOfFile,
  isRefusal,
  type KnownDag,
  type Outcome,
  publicationError,
  publishDags,
  publishParsedFile,
  scheduleHash,
  taskRows,
  toEvents,
} from "./publish-parsed-file.ts";
import { SAVE_IMPORT_ERROR } from "./publish-statements.ts";

const NOTHING: Outcome = { changed: [], removed: [], importErrorsChanged: false };

/**
 * See DagStore.publishParsedFiles. Files whose DAGs are all new, or all as they were, go through a few statements for all of them: of such are the scans
 * that are large. Others go one by one, in the same transaction.
 */
export async function publishParsedFiles(context: StoreContext, files: readonly ParsedFile[]): Promise<readonly string[]> {
  const [only] = files;
  if (only === undefined) return [];
  if (files.length === 1) return publishParsedFile(context, only);
  const now = nowOf(context);
  try {
    const outcome = await context.database.transaction((transaction) => publishAll(transaction, files, now));
    context.feed.emit(toEvents(outcome));
    return outcome.changed;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const changed: string[] = [];
    for (const file of files) changed.push(...(await publishParsedFile(context, file)));
    return changed;
  }
}

async function publishAll(transaction: Transaction, files: readonly ParsedFile[], now: Date): Promise<Outcome> {
  const described = files.filter((file) => file.kind === "dags");
  const sorted = sortFiles(described, await saveContents(transaction, { files, described, now }));
  const created = await createDags(transaction, sorted.fresh, now);
  await settleErrors(transaction, files, now);
  const cleared = await clearErrors(transaction, [...sorted.fresh.filter((file) => !created.refused.has(file)), ...sorted.same]);
  const outcomes: Outcome[] = [created.outcome, cleared, hasErrors(files) ? { ...NOTHING, importErrorsChanged: true } : NOTHING];
  for (const file of sorted.others) outcomes.push(await publishDags(transaction, file, now));
  return {
    changed: outcomes.flatMap(({ changed }) => changed),
    removed: outcomes.flatMap(({ removed }) => removed),
    importErrorsChanged: outcomes.some(({ importErrorsChanged }) => importErrorsChanged),
  };
}

/** Saves files, bundles and sources. @returns the DAGs that are known of these files and by these ids */
async function saveContents(
  transaction: Transaction,
  { files, described, now }: { readonly files: readonly ParsedFile[]; readonly described: readonly FileOfDags[]; readonly now: Date },
): Promise<readonly KnownDag[]> {
  // one statement may not touch a row twice
  const rows = new Map(files.map((file) => [placeKey(file), file]));
  const bundles = new Map(described.map(({ bundle }) => [bundle.hash, bundle.code]));
  const sources = new Map(described.map(({ source }) => [sha256Hex(source), source]));
  const [, , , known] = await Promise.all([
    transaction.query(sql.SAVE_FILES, [JSON.stringify([...rows.values()].map(fileRow)), now]),
    transaction.query(sql.SAVE_BUNDLES, [[...bundles.keys()], [...bundles.values()], now]),
    transaction.query(sql.SAVE_SOURCES, [[...sources.keys()], [...sources.values()]]),
    transaction.query<KnownDag>(sql.LOCK_DAGS_OF_FILES, [
      described.map(({ bundleName }) => bundleName),
      described.map(({ relativePath }) => relativePath),
      described.flatMap(({ specs }) => specs.map(({ dagId }) => dagId)),
    ]),
  ]);
  return known;
}

interface SortedFiles {
  /** All ids are new, and there is nothing about them that a row of each table does not hold. */
  readonly fresh: readonly FileOfDags[];
  /** Nothing has changed. */
  readonly same: readonly FileOfDags[];
  readonly others: readonly FileOfDags[];
}

function sortFiles(files: readonly FileOfDags[], knownDags: readonly KnownDag[]): SortedFiles {
  const known = new Map(knownDags.map((row) => [row.dagId, row]));
  const ofFiles = Map.groupBy(knownDags, placeKey);
  const idCounts = countOf(files.flatMap(({ specs }) => specs.map(({ dagId }) => dagId)));
  const fileCounts = countOf(files.map(placeKey));
  const sortOne = (file: FileOfDags): keyof SortedFiles => {
    const before = ofFiles.get(placeKey(file)) ?? [];
    // who comes first has an id that several bring
    const isUnique = fileCounts.get(placeKey(file)) === 1 && file.specs.every(({ dagId }) => idCounts.get(dagId) === 1);
    if (!isUnique || file.horizons !== undefined) return "others";
    if (before.length === 0 && file.specs.every((spec) => !known.has(spec.dagId) && isPlain(spec))) return "fresh";
    const activeBefore = before.filter(({ isActive }) => isActive);
    const isSame = activeBefore.length === file.specs.length && file.specs.every((spec) => isUnchanged(file, spec, known.get(spec.dagId)));
    return isSame ? "same" : "others";
  };
  const groups = Map.groupBy(files, sortOne);
  return { fresh: groups.get("fresh") ?? [], same: groups.get("same") ?? [], others: groups.get("others") ?? [] };
}

function isUnchanged(file: FileOfDags, spec: DagSpec, known: KnownDag | undefined): boolean {
  return (
    known?.isActive === true &&
    isOfFile(known, file) &&
    known.bundleHash === file.bundle.hash &&
    known.specHash === sha256Hex(canonicalJson(spec)) &&
    known.sourceHash === sha256Hex(file.source)
  );
}

function isPlain(spec: DagSpec): boolean {
  return spec.deadlines === undefined && !hasCallbacks(spec) && !spec.tasks.some(hasDates) && !usesAssets(spec);
}

/** @returns besides what has changed the files that lost an id to somebody who was quicker, after our look and before our insert */
async function createDags(
  transaction: Transaction,
  files: readonly FileOfDags[],
  now: Date,
): Promise<{ readonly outcome: Outcome; readonly refused: ReadonlySet<FileOfDags> }> {
  if (files.length === 0) return { outcome: NOTHING, refused: new Set() };
  const dags = files.flatMap((file) => file.specs.map((spec) => ({ file, spec, versionId: randomUUID() })));
  const inserted = await transaction.query<{ dagId: string }>(sql.INSERT_DAGS, [JSON.stringify(dags.map(dagRow))]);
  const free = new Set(inserted.map(({ dagId }) => dagId));
  const own = dags.filter(({ spec }) => free.has(spec.dagId));
  const sourceHashes = new Map(files.map((file) => [file, sha256Hex(file.source)]));
  const tasks = own.flatMap(({ spec, versionId }) => taskRows(spec).map((task) => ({ dag_version_id: versionId, ...task })));
  await Promise.all([
    transaction.query(sql.INSERT_VERSIONS, [JSON.stringify(own.map((dag) => versionRow(dag, sourceHashes.get(dag.file) ?? ""))), now]),
    transaction.query(sql.INSERT_TASKS_OF_VERSIONS, [JSON.stringify(tasks)]),
  ]);
  const refused = new Set(dags.filter(({ spec }) => !free.has(spec.dagId)).map(({ file }) => file));
  for (const file of refused) {
    const taken = file.specs.map(({ dagId }) => dagId).filter((dagId) => !free.has(dagId));
    const error = publicationError(file, taken, new Map());
    if (error !== undefined) await transaction.query(SAVE_IMPORT_ERROR, errorValues(error, now));
  }
  return { outcome: { changed: own.map(({ spec }) => spec.dagId), removed: [], importErrorsChanged: refused.size > 0 }, refused };
}

async function settleErrors(transaction: Transaction, files: readonly ParsedFile[], now: Date): Promise<void> {
  const errors = files.filter((file) => file.kind === "error");
  await Promise.all(errors.map((error) => transaction.query(SAVE_IMPORT_ERROR, errorValues(error, now))));
}

async function clearErrors(transaction: Transaction, files: readonly FileOfDags[]): Promise<Outcome> {
  if (files.length === 0) return NOTHING;
  const places = [files.map(({ bundleName }) => bundleName), files.map(({ relativePath }) => relativePath)];
  const former = await transaction.query(sql.DELETE_IMPORT_ERRORS, places);
  return { ...NOTHING, importErrorsChanged: former.length > 0 };
}

function hasErrors(files: readonly ParsedFile[]): boolean {
  return files.some(({ kind }) => kind === "error");
}

function fileRow(file: ParsedFile) {
  const { bundleName, relativePath } = file;
  const parseDurationMs = file.kind === "dags" ? file.parseDurationMs : null;
  return { bundle_name: bundleName, relative_path: relativePath, parse_duration_ms: parseDurationMs };
}

interface NewDag {
  readonly file: FileOfDags;
  readonly spec: DagSpec;
  readonly versionId: string;
}

function dagRow({ file, spec, versionId }: NewDag) {
  return {
    dag_id: spec.dagId,
    display_name: spec.displayName ?? spec.dagId,
    description: spec.description ?? null,
    is_paused: spec.isPausedUponCreation,
    bundle_name: file.bundleName,
    relative_path: file.relativePath,
    owners: spec.owners,
    tags: spec.tags,
    dag_version_id: versionId,
    max_active_runs: spec.maxActiveRuns,
    schedule_hash: scheduleHash(spec),
    schedule_state: initialScheduleState(spec),
    schedule: spec.schedule,
    params: spec.params,
    task_count: spec.tasks.length,
    max_consecutive_failed_runs: spec.maxConsecutiveFailedRuns ?? null,
  };
}

function versionRow({ file, spec, versionId }: NewDag, sourceHash: string) {
  return {
    dag_version_id: versionId,
    dag_id: spec.dagId,
    spec,
    spec_hash: sha256Hex(canonicalJson(spec)),
    bundle_hash: file.bundle.hash,
    source_hash: sourceHash,
    bundle_name: file.bundleName,
    relative_path: file.relativePath,
    isolation: spec.isolation,
    max_active_tasks: spec.maxActiveTasks,
    run_timeout_ms: spec.runTimeoutMs ?? null,
  };
}

function placeKey({ bundleName, relativePath }: { readonly bundleName: string; readonly relativePath: string }): string {
  return `${bundleName}\n${relativePath}`;
}

function countOf(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
