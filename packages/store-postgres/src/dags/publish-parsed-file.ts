import { randomUUID } from "node:crypto";
import { type ChangeEvent, type DagSpec, mappedGroupsOf } from "@polyflow/contracts";
import type { ParsedFile } from "@polyflow/store";
import { canonicalJson, sha256Hex } from "../canonical-json.ts";
import { publishAssets } from "../assets/publish-assets.ts";
import type { Transaction } from "../database.ts";
import { errorState } from "../database-error.ts";
import { nowOf, type StoreContext } from "../store-context.ts";
import * as sql from "./publish-statements.ts";

export type FileOfDags = Extract<ParsedFile, { kind: "dags" }>;
type FileError = Omit<Extract<ParsedFile, { kind: "error" }>, "kind">;

export type KnownDag = {
  readonly dagId: string;
  readonly bundleName: string;
  readonly relativePath: string;
  readonly isActive: boolean;
  readonly scheduleHash: string;
  readonly versionId: string;
  readonly versionNumber: number;
  readonly specHash: string;
  readonly bundleHash: string;
  readonly sourceHash: string;
};

/** One DAG of the file on its way into the database. */
interface Publication {
  readonly file: FileOfDags;
  readonly spec: DagSpec;
  readonly specHash: string;
  readonly sourceHash: string;
  readonly known: KnownDag | undefined;
  readonly now: Date;
}

/** What publishing changed. */
export interface Outcome {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly importErrorsChanged: boolean;
}

/** See DagStore.publishParsedFile. A spec that the database refuses becomes an import error: it must harm no other file. */
export async function publishParsedFile(context: StoreContext, file: ParsedFile): Promise<readonly string[]> {
  const outcome = file.kind === "error" ? await saveError(context, file) : await publishOrRefuse(context, file);
  context.feed.emit(toEvents(outcome));
  return outcome.changed;
}

async function publishOrRefuse(context: StoreContext, file: FileOfDags): Promise<Outcome> {
  const now = nowOf(context);
  try {
    return await context.database.transaction((transaction) => publishDags(transaction, file, now));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const message = `The database refuses what this file holds: ${error.message}. Correct the DAG's values.`;
    return saveError(context, { ...placeOf(file), code: "dag_invalid", message, line: null, column: null, stack: null });
  }
}

/** Class 22: a value that PostgreSQL cannot hold; class 23: one that a CHECK forbids. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && /^2[23]/.test(errorState(error) ?? "");
}

async function saveError(context: StoreContext, error: FileError): Promise<Outcome> {
  const now = nowOf(context);
  await context.database.pipeline(async (transaction) => {
    await Promise.all([
      transaction.query(sql.SAVE_FILE, [error.bundleName, error.relativePath, now, null]),
      transaction.query(sql.SAVE_IMPORT_ERROR, errorValues(error, now)),
    ]);
  });
  return { changed: [], removed: [], importErrorsChanged: true };
}

/** One file of DAGs, within a transaction. Its row, bundle and source are saved with it. */
export async function publishDags(transaction: Transaction, file: FileOfDags, now: Date): Promise<Outcome> {
  const place = placeOf(file);
  const sourceHash = sha256Hex(file.source);
  const dagIds = file.specs.map((spec) => spec.dagId);
  const [, , , knownRows] = await Promise.all([
    transaction.query(sql.SAVE_FILE, [place.bundleName, place.relativePath, now, file.parseDurationMs]),
    transaction.query(sql.SAVE_BUNDLE, [file.bundle.hash, file.bundle.code, now]),
    transaction.query(sql.SAVE_SOURCE, [sourceHash, file.source]),
    transaction.query<KnownDag>(sql.LOCK_DAGS, [place.bundleName, place.relativePath, dagIds]),
  ]);
  const known = new Map(knownRows.map((row) => [row.dagId, row]));
  const changed: string[] = [];
  const duplicates: string[] = [];
  const seen = new Set<string>();
  // One after another, in the order of ids: another file with the same new ids waits instead of deadlocking.
  for (const spec of [...file.specs].sort((left, right) => (left.dagId < right.dagId ? -1 : 1))) {
    const specHash = sha256Hex(canonicalJson(spec));
    const publication: Publication = { file, spec, specHash, sourceHash, known: known.get(spec.dagId), now };
    if (seen.has(spec.dagId) || isOwnedElsewhere(publication)) duplicates.push(spec.dagId);
    else {
      const result = await publishDag(transaction, publication);
      if (result === "taken") duplicates.push(spec.dagId);
      else if ((await saveTimetable(transaction, publication, result)) || result === "changed") changed.push(spec.dagId);
    }
    seen.add(spec.dagId);
  }
  const leaving = knownRows.filter((row) => isOfFile(row, file) && !seen.has(row.dagId)).map((row) => row.dagId);
  const removed = leaving.length === 0 ? [] : await transaction.query<{ dagId: string }>(sql.DEACTIVATE_DAGS, [leaving]);
  const importErrorsChanged = await settleImportError(transaction, publicationError(file, duplicates, known), place, now);
  return { changed, removed: removed.map((row) => row.dagId), importErrorsChanged };
}

async function publishDag(transaction: Transaction, publication: Publication): Promise<"changed" | "unchanged" | "taken"> {
  const { known, file, spec, specHash, sourceHash } = publication;
  if (known === undefined) return insertDag(transaction, publication);
  const isSame = known.specHash === specHash && known.bundleHash === file.bundle.hash;
  if (isSame && known.isActive && isOfFile(known, file)) {
    if (known.sourceHash !== sourceHash) await transaction.query(sql.UPDATE_SOURCE, [known.versionId, sourceHash]);
    return "unchanged";
  }
  const versionId = isSame ? known.versionId : randomUUID();
  if (!isSame) await insertVersion(transaction, publication, { versionId, versionNumber: known.versionNumber + 1 });
  await transaction.query(sql.UPDATE_DAG, [
    spec.dagId,
    spec.displayName ?? spec.dagId,
    spec.description ?? null,
    file.bundleName,
    file.relativePath,
    spec.owners,
    spec.tags,
    versionId,
    spec.maxActiveRuns,
    scheduleHash(spec),
    initialScheduleState(spec),
    ...listedFacts(spec),
  ]);
  await publishAssets(transaction, spec, publication.now);
  return "changed";
}

/** What an author's timetable lists moves on with time, though nothing else of the DAG changes. @returns whether the scheduler has to look */
async function saveTimetable(transaction: Transaction, { spec, file }: Publication, result: "changed" | "unchanged"): Promise<boolean> {
  const horizon = file.horizons?.[spec.dagId];
  if (result === "unchanged" && horizon === undefined) return false;
  const values = [
    spec.dagId,
    horizon === undefined ? null : JSON.stringify(horizon),
    spec.maxConsecutiveFailedRuns ?? null,
    result === "changed",
  ];
  return (await transaction.queryOne<{ isAsked: boolean }>(sql.SAVE_TIMETABLE, values))?.isAsked === true;
}

/** What lists show of a version without reading its spec. */
function listedFacts(spec: DagSpec): readonly unknown[] {
  return [JSON.stringify(spec.schedule), JSON.stringify(spec.params), spec.tasks.length];
}

async function insertDag(transaction: Transaction, publication: Publication): Promise<"changed" | "taken"> {
  const { file, spec } = publication;
  const versionId = randomUUID();
  const inserted = await transaction.queryOne(sql.INSERT_DAG, [
    spec.dagId,
    spec.displayName ?? spec.dagId,
    spec.description ?? null,
    spec.isPausedUponCreation,
    file.bundleName,
    file.relativePath,
    spec.owners,
    spec.tags,
    versionId,
    spec.maxActiveRuns,
    scheduleHash(spec),
    initialScheduleState(spec),
    ...listedFacts(spec),
  ]);
  // Another file was quicker, after our look and before our insert.
  if (inserted === undefined) return "taken";
  await insertVersion(transaction, publication, { versionId, versionNumber: 1 });
  await publishAssets(transaction, spec, publication.now);
  return "changed";
}

async function insertVersion(
  transaction: Transaction,
  { file, spec, specHash, sourceHash, now }: Publication,
  version: { readonly versionId: string; readonly versionNumber: number },
): Promise<void> {
  const tasks = taskRows(spec);
  const dated = spec.tasks.filter(hasDates).map(({ taskId, startDate, endDate }) => ({ taskId, startDate, endDate }));
  await Promise.all([
    transaction.query(sql.INSERT_VERSION, [
      version.versionId,
      spec.dagId,
      version.versionNumber,
      JSON.stringify(spec),
      specHash,
      file.bundle.hash,
      sourceHash,
      file.bundleName,
      file.relativePath,
      spec.isolation,
      spec.maxActiveTasks,
      spec.runTimeoutMs ?? null,
      now,
    ]),
    transaction.query(sql.INSERT_VERSION_TASKS, [version.versionId, JSON.stringify(tasks)]),
    spec.deadlines === undefined ? [] : transaction.query(sql.SAVE_DEADLINES, [version.versionId, JSON.stringify(spec.deadlines)]),
    hasCallbacks(spec) ? transaction.query(sql.SAVE_CALLBACKS, callbackValues(version.versionId, spec)) : [],
    dated.length === 0 ? [] : transaction.query(sql.SAVE_TASK_DATES, [version.versionId, JSON.stringify(dated)]),
  ]);
}

/** The tasks of a version as the database keeps them beside the spec. */
export function taskRows(spec: DagSpec) {
  const mappedGroups = mappedGroupsOf(spec);
  return spec.tasks.map((task, position) => ({
    task_id: task.taskId,
    position,
    operator: task.operator,
    retries: task.retries,
    pool: task.pool,
    pool_slots: task.poolSlots,
    queue: task.queue,
    priority_weight: task.priorityWeight,
    input_task_ids: inputTaskIds(task.inputs),
    same_index_task_ids: mappedGroups.has(task.taskId)
      ? (inputTaskIds(task.inputs)?.filter((other) => mappedGroups.get(other) === mappedGroups.get(task.taskId)) ?? null)
      : null,
    max_active_per_dag: task.maxActivePerDag ?? null,
    max_active_per_run: task.maxActivePerRun ?? null,
  }));
}

export function hasCallbacks({ callbacks, tasks }: DagSpec): boolean {
  return callbacks !== undefined || tasks.some((task) => task.callbacks !== undefined);
}

function callbackValues(versionId: string, { callbacks, tasks }: DagSpec): readonly unknown[] {
  const counted = tasks.flatMap(({ taskId, callbacks: own }) => (own === undefined ? [] : [{ taskId, callbacks: countsOf(own) }]));
  return [versionId, callbacks === undefined ? null : JSON.stringify(countsOf(callbacks)), JSON.stringify(counted)];
}

function countsOf(callbacks: { readonly [kind: string]: readonly unknown[] | undefined }): { readonly [kind: string]: number } {
  return Object.fromEntries(Object.entries(callbacks).map(([kind, functions = []]) => [kind, functions.length]));
}

export function hasDates({ startDate, endDate }: DagSpec["tasks"][number]): boolean {
  return startDate !== undefined || endDate !== undefined;
}

function inputTaskIds(inputs: DagSpec["tasks"][number]["inputs"]): readonly string[] | null {
  const taskIds = new Set(Object.values(inputs).flatMap((input) => (input.kind === "output" ? [input.taskId] : [])));
  return taskIds.size === 0 ? null : [...taskIds].sort();
}

/** @returns whether the list of import errors is another one now. */
async function settleImportError(
  transaction: Transaction,
  error: FileError | undefined,
  place: { readonly bundleName: string; readonly relativePath: string },
  now: Date,
): Promise<boolean> {
  if (error === undefined) {
    const former = await transaction.query(sql.DELETE_IMPORT_ERROR, [place.bundleName, place.relativePath]);
    return former.length > 0;
  }
  await transaction.query(sql.SAVE_IMPORT_ERROR, errorValues(error, now));
  return true;
}

/** The error of a file with ids that another file has. */
export function publicationError(
  file: FileOfDags,
  duplicates: readonly string[],
  known: ReadonlyMap<string, KnownDag>,
): FileError | undefined {
  const [dagId] = duplicates;
  if (dagId === undefined) return undefined;
  const owner = known.get(dagId);
  const elsewhere = owner === undefined || isOfFile(owner, file) ? "another place" : `${owner.relativePath} of ${owner.bundleName}`;
  const others = duplicates.length === 1 ? "" : ` (and ${duplicates.length - 1} more ids of this file)`;
  return {
    ...placeOf(file),
    code: "dag_duplicate_id",
    message: `The DAG id "${dagId}"${others} is already used in ${elsewhere}. Give this DAG another id or remove the other one.`,
    line: null,
    column: null,
    stack: null,
  };
}

export function placeOf(file: { readonly bundleName: string; readonly relativePath: string }): {
  bundleName: string;
  relativePath: string;
} {
  return { bundleName: file.bundleName, relativePath: file.relativePath };
}

export function isOfFile(known: KnownDag, file: FileOfDags): boolean {
  return known.bundleName === file.bundleName && known.relativePath === file.relativePath;
}

function isOwnedElsewhere({ known, file }: Publication): boolean {
  return known?.isActive === true && !isOfFile(known, file);
}

/** All that the timetable's answer depends on. */
export function scheduleHash(spec: DagSpec): string {
  const { schedule, startDate, endDate, catchup } = spec;
  const dates = spec.tasks.filter(hasDates).map((task) => [task.startDate, task.endDate]);
  return sha256Hex(canonicalJson({ schedule, startDate, endDate, catchup, ...(dates.length === 0 ? {} : { dates }) }));
}

export function initialScheduleState(spec: DagSpec): "unasked" | "unscheduled" {
  return spec.schedule.kind === "none" || spec.schedule.kind === "asset" ? "unscheduled" : "unasked";
}

export function errorValues(error: FileError, now: Date): readonly unknown[] {
  const clean = (text: string | null) => text?.replaceAll("\0", "\uFFFD") ?? null;
  return [error.bundleName, error.relativePath, error.code, clean(error.message), error.line, error.column, clean(error.stack), now];
}

export function toEvents(outcome: Outcome): readonly ChangeEvent[] {
  return [
    ...outcome.changed.map((dagId): ChangeEvent => ({ kind: "dag", dagId })),
    ...outcome.removed.map((dagId): ChangeEvent => ({ kind: "dag_removed", dagId })),
    ...(outcome.importErrorsChanged ? [{ kind: "import_errors" } as const] : []),
  ];
}
