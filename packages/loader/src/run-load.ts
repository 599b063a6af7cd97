import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { LoadReport } from "@polyflow/contracts";
import { resolveSourcePath } from "@polyflow/metadata-model";
import type { Client } from "pg";
import type { Extraction } from "./extract/extraction.ts";
import { fileDigest } from "./extract/file-digest.ts";
import { holdHeapGrowth } from "./heap-growth.ts";
import { asLoadFailure } from "./load-failure.ts";
import { commitOrAsk, lockTarget, targetLock } from "./target/commit-or-ask.ts";
import { noteRefusal, openByContract } from "./contract/open-by-contract.ts";
import { checkAllAccounted, finishedReport, logOutcome } from "./load-outcome.ts";
import { DEFAULT_LIMITS } from "./load-request.ts";
import type { LoadLimits, LoadRequest, LoadResult } from "./load-request.ts";
import { noProgress, writeData } from "./load-transaction.ts";
import type { DataProgress } from "./load-transaction.ts";
import { PhaseTimer } from "./phase-timer.ts";
import { openSource } from "./stage-source.ts";
import type { StagedSource } from "./stage-source.ts";
import { claimStaging } from "./staging.ts";
import { writeDrift } from "./target/drift-table.ts";
import { LoadLedger, loadIdentity } from "./target/load-ledger.ts";
import type { LoadIdentity } from "./target/load-ledger.ts";
import { moveCursor, openWindow } from "./target/load-window.ts";
import { openConnections } from "./target/load-session.ts";
import type { LoadConnections } from "./target/load-session.ts";
import { readRejects, writeRejects } from "./target/reject-table.ts";
import { writeRuleResults, writeRuleSamples } from "./quality/rule-result-table.ts";
import { writeProfiles } from "./target/profile-table.ts";
import { migrateSystemSchema } from "./target/system-schema.ts";
import { countRows, holdsRows, prepareTargetSchema } from "./target/target-table.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PG_INPUT_IS_VALID_SINCE = 160000;

/**
 * Loads the file of a flow into its target. Data, rejects, rule results and the ledger's row commit together or not at all;
 * a load that fails leaves the target as it was and still keeps its rejects and rule results.
 * Loading the same content again does nothing and says `repeated`.
 * @returns the report in every case, and the failure when there was one; throws for faults of the loader itself only
 * @example
 * const { report, failure } = await runLoad({
 *   ...(await readFlow(projectDir, "airports")), projectDir, loadId: randomUUID(),
 *   target: { connection: "df", client: "postgresql://localhost/warehouse" }, log, clock: systemClock,
 * });
 */
export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  if (!UUID.test(request.loadId)) throw new PolyflowError("internal", `The load id "${request.loadId}" is not a UUID in lower case.`);
  const releaseHeap = holdHeapGrowth();
  try {
    return await new LoadRun(request).run();
  } finally {
    releaseHeap();
  }
}

/** What is left to be written when the work on the data is over. */
interface Ending {
  readonly ledger: LoadLedger;
  readonly identity: LoadIdentity;
  readonly sha256: string;
  readonly failure: PolyflowError | undefined;
  readonly columnOf: Extraction["columnOf"];
}

/** One load from its first connection to its report. */
class LoadRun {
  readonly #request: LoadRequest;
  readonly #systemSchema: string;
  readonly #limits: LoadLimits;
  readonly #timer: PhaseTimer;
  readonly #progress: DataProgress = noProgress();
  readonly #startedAt: number;
  readonly #startedMs: number;
  readonly #stop = new AbortController();
  #slice = "";
  #path = "";
  #bytes = 0;

  constructor(request: LoadRequest) {
    this.#request = request;
    this.#systemSchema = request.systemSchema ?? "df";
    this.#limits = { ...DEFAULT_LIMITS, ...request.limits };
    this.#timer = new PhaseTimer(request.clock);
    this.#startedAt = request.clock.now();
    this.#startedMs = request.clock.monotonicMs();
  }

  async run(): Promise<LoadResult> {
    let connections: LoadConnections | undefined;
    try {
      this.#path = this.#request.path ?? resolveSourcePath(this.#request.projectDir, this.#request.source);
      this.#bytes = (await stat(this.#path)).size;
      this.#request.signal?.throwIfAborted();
      connections = await this.#timer.measure("connect", () => openConnections(this.#request.target.client, this.#limits.workMemMb));
      await this.#request.onPoint?.("connected");
      const result = await this.#withConnections(connections);
      await this.#request.onPoint?.("tidied");
      return result;
    } catch (error) {
      return this.#failed(asLoadFailure(error, this.#request));
    } finally {
      await connections?.close();
    }
  }

  async #withConnections(connections: LoadConnections): Promise<LoadResult> {
    const { main, staging } = connections;
    const unwatch = this.#watchAbort(connections);
    try {
      await this.#timer.measure("prepare", async () => {
        await migrateSystemSchema(main, this.#systemSchema);
        await claimStaging(staging, this.#systemSchema, this.#request.loadId);
        if (this.#request.dryRun !== true) await prepareTargetSchema(main, this.#request.entity.schema);
        await main.query("begin");
      });
      await this.#request.onPoint?.("prepared");
      return await this.#inTransaction(connections);
    } catch (error) {
      await main.query("rollback").catch(() => undefined); // the connection may be gone, and with it the transaction
      throw error;
    } finally {
      unwatch();
    }
  }

  async #inTransaction(connections: LoadConnections): Promise<LoadResult> {
    const { main } = connections;
    const identity = loadIdentity(this.#request);
    this.#slice = identity.slice;
    await this.#timer.measure("wait", () => lockTarget(main, targetLock(this.#request.entity)));
    await this.#request.onPoint?.("locked");
    const ledger = new LoadLedger(main, this.#systemSchema);
    const always = this.#request.force === true || this.#request.dryRun === true;
    const earlier = always ? undefined : await this.#earlierLoad(connections, ledger, identity);
    if (earlier !== undefined) {
      await main.query("commit");
      return { report: this.#repeated(earlier), drift: [] };
    }
    return this.#load(connections, ledger, identity);
  }

  async #load(connections: LoadConnections, ledger: LoadLedger, identity: LoadIdentity): Promise<LoadResult> {
    const { flow, loadId } = this.#request;
    let staged: StagedSource;
    try {
      staged = await this.#open(connections);
    } catch (error) {
      if (!isPolyflowError(error) || this.#progress.drift.length === 0) throw error;
      const sha256 = await fileDigest(this.#path);
      return this.#conclude(connections.main, { ledger, identity, sha256, failure: error, columnOf: new Map() });
    }
    try {
      await this.#request.onPoint?.("source_opened");
      this.#request.log.info(
        `Loading ${this.#path} (${(this.#bytes / 1e6).toFixed(1)} MB) by flow ${flow.name}, ${flow.mode}, load ${loadId}.`,
      );
      const failure = await this.#data(connections, staged);
      const sha256 = failure === undefined ? await staged.file.digest() : await fileDigest(this.#path);
      return await this.#conclude(connections.main, { ledger, identity, sha256, failure, columnOf: staged.extraction.columnOf });
    } catch (error) {
      // the staging tables cannot be dropped while the transaction that has read them is open
      await connections.main.query("rollback").catch(() => undefined);
      throw error;
    } finally {
      await staged.close();
    }
  }

  #open(connections: LoadConnections): Promise<StagedSource> {
    const { source, loadId, flow } = this.#request;
    return openByContract(source, flow, this.#progress.drift, (asContract, options) =>
      openSource({
        ...options,
        source: asContract,
        path: this.#path,
        projectDir: this.#request.projectDir,
        connections,
        systemSchema: this.#systemSchema,
        loadId,
        limits: this.#limits,
        signal: this.#stop.signal,
      }),
    );
  }

  /** Writes rejects, rule results and the ledger's row, for a failed load too, and commits. */
  async #conclude(main: Client, ending: Ending): Promise<LoadResult> {
    const { flow, loadId } = this.#request;
    const { ledger, identity, sha256, failure, columnOf } = ending;
    const place = { systemSchema: this.#systemSchema, loadId };
    const rejected = await this.#timer.measure("rejects", () =>
      writeRejects(main, this.#progress.segments, { ...place, flow: flow.name, file: this.#file, columnOf }),
    );
    await this.#request.onPoint?.("rejects_kept");
    await writeRuleResults(main, this.#progress.rules, { ...place, target: identity.target });
    await writeRuleSamples(main, this.#progress.samples, { ...place, target: identity.target });
    await writeProfiles(main, this.#progress.profiles, { ...place, target: identity.target });
    await writeDrift(main, this.#systemSchema, this.#request, this.#progress.drift);
    const report = finishedReport({
      ...this.#facts(sha256),
      rejects: await readRejects(main, this.#systemSchema, loadId),
      ...(failure === undefined ? {} : { failure }),
    });
    if (failure === undefined) {
      checkAllAccounted(report, rejected);
      if (this.#progress.cursor !== undefined)
        await moveCursor(main, this.#systemSchema, { request: this.#request, ...this.#progress.cursor });
      await this.#request.beforeCommit?.(main);
    }
    await this.#request.onPoint?.("cursor_moved");
    await ledger.record(identity, report);
    await this.#request.onPoint?.("ledger_written");
    await this.#timer.measure("commit", () => this.#commit(main));
    await this.#request.onPoint?.("committed");
    return this.#finish(report, failure);
  }

  async #commit(main: Client): Promise<void> {
    if (this.#request.dryRun === true) {
      await main.query("rollback");
      return;
    }
    const { target, loadId, flow, entity } = this.#request;
    await commitOrAsk(main, {
      client: target.client,
      systemSchema: this.#systemSchema,
      loadId,
      flow: flow.name,
      lock: targetLock(entity),
    });
  }

  /** Does the work on the data under a savepoint; a failure takes it back and is returned. */
  async #data(connections: LoadConnections, staged: StagedSource): Promise<PolyflowError | undefined> {
    const { main, serverVersion } = connections;
    const own = `"${this.#systemSchema.replaceAll('"', '""')}".input_is_valid`;
    await main.query("savepoint data");
    try {
      await writeData({
        request: this.#request,
        client: main,
        extraction: staged.extraction,
        staging: staged.staging,
        serverVersion,
        systemSchema: this.#systemSchema,
        window: await openWindow(main, this.#systemSchema, this.#request),
        inputIsValid: serverVersion >= PG_INPUT_IS_VALID_SINCE ? "pg_input_is_valid" : own,
        file: this.#file,
        timer: this.#timer,
        progress: this.#progress,
      });
      return undefined;
    } catch (error) {
      this.#request.signal?.throwIfAborted();
      const { source, flow } = this.#request;
      const failure = asLoadFailure(noteRefusal(error, { source, flow, drift: this.#progress.drift }), this.#request);
      await main.query("rollback to savepoint data");
      this.#progress.target = await countRows(main, this.#request.entity);
      return failure;
    }
  }

  /** The load that this one would repeat, if its rows are still where it put them. */
  async #earlierLoad(connections: LoadConnections, ledger: LoadLedger, identity: LoadIdentity): Promise<LoadReport | undefined> {
    const candidates = (await ledger.superseding(identity)).filter((entry) => entry.bytes === this.#bytes);
    if (candidates.length === 0) return undefined;
    const sha256 = await this.#timer.measure("compare", () => fileDigest(this.#path));
    const same = candidates.find((entry) => entry.fingerprint === sha256);
    if (same === undefined) return undefined;
    const isGone = same.report.rows.target > 0 && !(await holdsRows(connections.main, this.#request.entity));
    return isGone ? undefined : same.report;
  }

  #repeated(earlier: LoadReport): LoadReport {
    const { loadId, log, clock } = this.#request;
    log.info(`${this.#file} has been loaded already (load ${earlier.loadId}, ${earlier.finishedAt}) and has not changed: nothing to do.`);
    return {
      ...earlier,
      loadId,
      status: "repeated",
      durationsMs: this.#timer.durationsMs,
      startedAt: new Date(this.#startedAt).toISOString(),
      finishedAt: new Date(clock.now()).toISOString(),
    };
  }

  #watchAbort(connections: LoadConnections): () => void {
    const { signal } = this.#request;
    if (signal === undefined) return () => undefined;
    const onAbort = (): void => {
      this.#stop.abort(signal.reason);
      // if the server cannot be reached to cancel, it cannot go on working for us either
      connections.cancel().catch(() => undefined);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    return () => signal.removeEventListener("abort", onAbort);
  }

  /** The load could not even begin, or its transaction is lost: nothing of it is in the target, and no ledger tells of it. */
  async #failed(failure: PolyflowError): Promise<LoadResult> {
    const sha256 = this.#bytes === 0 ? "" : await fileDigest(this.#path).catch(() => "");
    return this.#finish(finishedReport({ ...this.#facts(sha256), rejects: [], failure }), failure);
  }

  #finish(report: LoadReport, failure: PolyflowError | undefined): LoadResult {
    logOutcome(this.#request, report, this.#request.clock.monotonicMs() - this.#startedMs);
    const { drift } = this.#progress;
    return failure === undefined ? { report, drift } : { report, failure, drift };
  }

  get #file(): string {
    return basename(this.#path);
  }

  #facts(sha256: string): Omit<Parameters<typeof finishedReport>[0], "rejects" | "failure"> {
    return {
      request: this.#request,
      file: this.#file,
      sha256,
      bytes: this.#bytes,
      progress: this.#progress,
      durationsMs: this.#timer.durationsMs,
      startedAt: this.#startedAt,
      slice: this.#slice,
    };
  }
}
