import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { isPolyflowError } from "@polyflow/contracts";
import type { BulkSession, LoadReport, PolyflowError } from "@polyflow/contracts";
import { resolveSourcePath } from "@polyflow/metadata-model";
import { noteRefusal, openByContract } from "../contract/open-by-contract.ts";
import { fileDigest } from "../extract/file-digest.ts";
import { openReading } from "../stage-source.ts";
import type { OpenReading } from "../stage-source.ts";
import { checkAllAccounted, finishedReport, logOutcome } from "../load-outcome.ts";
import { asLoadFailure } from "../load-failure.ts";
import { DEFAULT_LIMITS } from "../load-request.ts";
import type { LoadLimits, LoadResult } from "../load-request.ts";
import { noProgress } from "../load-transaction.ts";
import type { DataProgress } from "../load-transaction.ts";
import { PhaseTimer } from "../phase-timer.ts";
import { loadIdentity } from "../target/load-ledger.ts";
import type { LoadIdentity } from "../target/load-ledger.ts";
import type { BulkEngine } from "./bulk-engine.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";
import { clickhouseEngine } from "./clickhouse-engine.ts";
import { mssqlEngine } from "./mssql-engine.ts";
import { refuseUnknownModes } from "./refuse-unknown-modes.ts";
import { RejectSpool } from "./reject-spool.ts";
import { rememberProgress } from "./remember-progress.ts";
import { writeBulkData } from "./write-bulk-data.ts";

/**
 * Loads by a flow into MS SQL Server or ClickHouse: as `runLoad` does into PostgreSQL, with the same report. Records are judged here, travel
 * as texts through the driver's bulk copy, and are converted, merged and checked by the server.
 * @returns the report in every case, and the failure when there was one; throws for faults of the loader itself only
 * @example
 * const { report } = await runBulkLoad({ ...(await readFlow(projectDir, "orders")), projectDir, loadId: randomUUID(), target: { connection: "erp", open }, log, clock });
 */
export function runBulkLoad(request: BulkLoadRequest): Promise<LoadResult> {
  return new BulkLoadRun(request).run();
}

/** The engine for the database at the other end. */
export function openEngine(session: BulkSession, request: BulkLoadRequest): BulkEngine {
  const { entity, flow, loadId, systemSchema = "df" } = request;
  if (session.database === "mssql") return mssqlEngine(session, { entity, systemSchema });
  const mode = flow.mode === "replace" ? "replace" : "append";
  return clickhouseEngine(session, {
    entity,
    systemSchema,
    intent: { loadId, flow: flow.name, target: loadIdentity(request).target, mode },
  });
}

class BulkLoadRun {
  readonly #request: BulkLoadRequest;
  readonly #limits: LoadLimits;
  readonly #timer: PhaseTimer;
  readonly #progress: DataProgress = noProgress();
  readonly #startedAt: number;
  readonly #startedMs: number;
  #path = "";
  #bytes = 0;
  #slice = "";
  #session: BulkSession | undefined;

  constructor(request: BulkLoadRequest) {
    this.#request = request;
    this.#limits = { ...DEFAULT_LIMITS, ...request.limits };
    this.#timer = new PhaseTimer(request.clock);
    this.#startedAt = request.clock.now();
    this.#startedMs = request.clock.monotonicMs();
  }

  async run(): Promise<LoadResult> {
    const spool = await RejectSpool.open();
    const stop = (): void => void this.#session?.close();
    this.#request.signal?.addEventListener("abort", stop, { once: true });
    try {
      refuseUnknownModes(this.#request);
      this.#path = this.#request.path ?? resolveSourcePath(this.#request.projectDir, this.#request.source);
      this.#bytes = (await stat(this.#path)).size;
      this.#request.signal?.throwIfAborted();
      this.#session = await this.#timer.measure("connect", this.#request.target.open);
      await this.#request.onPoint?.("connected");
      return await this.#withEngine(openEngine(this.#session, this.#request), spool);
    } catch (error) {
      const failure = asLoadFailure(error, this.#request);
      const sha256 = this.#bytes === 0 ? "" : await fileDigest(this.#path).catch(() => "");
      return this.#finish(this.#report({ sha256, spool, failure }), failure);
    } finally {
      this.#request.signal?.removeEventListener("abort", stop);
      await spool.close();
      await this.#session?.close();
    }
  }

  async #withEngine(engine: BulkEngine, spool: RejectSpool): Promise<LoadResult> {
    const identity = loadIdentity(this.#request);
    this.#slice = identity.slice;
    await this.#timer.measure("prepare", () => engine.prepare());
    await this.#request.onPoint?.("prepared");
    await this.#timer.measure("wait", () => engine.begin());
    await this.#request.onPoint?.("locked");
    const always = this.#request.force === true || this.#request.dryRun === true;
    const earlier = always ? undefined : await this.#earlierLoad(engine, identity);
    if (earlier !== undefined) return { report: this.#repeated(earlier), drift: [] };
    try {
      return await this.#load(engine, identity, spool);
    } finally {
      // a session that has broken has taken its temporary tables with it; others are dropped by the next load of this id
      await engine.tidy().catch(() => undefined);
    }
  }

  async #load(engine: BulkEngine, identity: LoadIdentity, spool: RejectSpool): Promise<LoadResult> {
    const { flow, source, loadId, log } = this.#request;
    let failure: PolyflowError | undefined;
    let reading: OpenReading | undefined;
    try {
      reading = await openByContract(source, flow, this.#progress.drift, (asContract, options) =>
        openReading({
          ...options,
          source: asContract,
          path: this.#path,
          projectDir: this.#request.projectDir,
          limits: this.#limits,
          signal: this.#signal,
        }),
      );
      await this.#request.onPoint?.("source_opened");
      log.info(
        `Loading ${this.#path} (${(this.#bytes / 1e6).toFixed(1)} MB) by flow ${flow.name}, ${flow.mode}, load ${loadId}, into ${engine.words.name}.`,
      );
      const { extraction } = reading;
      await writeBulkData({
        request: this.#request,
        engine,
        extraction,
        spool,
        timer: this.#timer,
        progress: this.#progress,
        target: identity.target,
        file: this.#file,
      });
    } catch (error) {
      this.#request.signal?.throwIfAborted();
      if (reading === undefined && (!isPolyflowError(error) || this.#progress.drift.length === 0)) throw error;
      failure = asLoadFailure(noteRefusal(error, { source, flow, drift: this.#progress.drift }), this.#request);
    }
    try {
      const sha256 = failure === undefined && reading !== undefined ? await reading.file.digest() : await fileDigest(this.#path);
      return await this.#conclude(engine, { identity, spool, sha256, failure });
    } finally {
      await reading?.close();
    }
  }

  async #conclude(
    engine: BulkEngine,
    ending: {
      readonly identity: LoadIdentity;
      readonly spool: RejectSpool;
      readonly sha256: string;
      readonly failure: PolyflowError | undefined;
    },
  ): Promise<LoadResult> {
    const { identity, spool, sha256, failure } = ending;
    if (failure !== undefined || this.#request.dryRun === true) await engine.takeBack();
    if (failure !== undefined) this.#progress.target = await this.#rowsNow(engine);
    const report = this.#report({ sha256, spool, ...(failure === undefined ? {} : { failure }) });
    if (failure === undefined) checkAllAccounted(report, spool.rows);
    if (this.#request.dryRun === true) return this.#finish(report, failure);
    const remember = (): Promise<void> => this.#remember(engine, { identity, spool, report });
    // what a failed load leaves is no data: there is nothing to publish
    await this.#timer.measure("commit", () => (failure === undefined ? engine.commit(remember) : this.#rememberFailed(engine, remember)));
    await this.#request.onPoint?.("committed");
    return this.#finish(report, failure);
  }

  async #rememberFailed(engine: BulkEngine, remember: () => Promise<void>): Promise<void> {
    await remember();
    if (engine.session.database === "mssql") await engine.session.execute("commit transaction");
  }

  /** The ledger's row comes last: where there is no transaction, it is what says that all before it is true. */
  async #remember(
    engine: BulkEngine,
    of: { readonly identity: LoadIdentity; readonly spool: RejectSpool; readonly report: LoadReport },
  ): Promise<void> {
    const { flow, loadId } = this.#request;
    const { identity, spool, report } = of;
    const { target } = identity;
    await engine.records.writeRejects(spool, { loadId, flow: flow.name, file: this.#file });
    await this.#request.onPoint?.("rejects_kept");
    await engine.records.writeRules(this.#progress.rules, this.#progress.samples, { loadId, target });
    await engine.records.writeDrift(this.#request, target, this.#progress.drift);
    const isLoaded = report.status === "loaded";
    const more = isLoaded ? await rememberProgress(engine, this.#request, { target, cursor: this.#progress.cursor }) : {};
    await this.#request.onPoint?.("cursor_moved");
    await engine.records.recordLoad(identity, report, more);
    await this.#request.onPoint?.("ledger_written");
  }

  async #earlierLoad(engine: BulkEngine, identity: LoadIdentity): Promise<LoadReport | undefined> {
    const candidates = (await engine.records.superseding(identity)).filter((entry) => entry.bytes === this.#bytes);
    if (candidates.length === 0) return undefined;
    const sha256 = await this.#timer.measure("compare", () => fileDigest(this.#path));
    const same = candidates.find((entry) => entry.fingerprint === sha256);
    if (same === undefined) return undefined;
    return same.report.rows.target > 0 && (await this.#rowsNow(engine)) === 0 ? undefined : same.report;
  }

  /** Rows of the target as it is; 0 when there is none. */
  async #rowsNow({ tables, session, words }: BulkEngine): Promise<number> {
    const { entity } = this.#request;
    if (!(await tables.exists(entity))) return 0;
    const [row] = await session.query(`select count(*) as n from ${words.identifier(entity.schema, entity.table)}`);
    return Number(row?.["n"] ?? 0);
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

  #report(of: { readonly sha256: string; readonly spool: RejectSpool; readonly failure?: PolyflowError }): LoadReport {
    const { failure } = of;
    return finishedReport({
      request: this.#request,
      file: this.#file,
      sha256: of.sha256,
      bytes: this.#bytes,
      progress: this.#progress,
      durationsMs: this.#timer.durationsMs,
      startedAt: this.#startedAt,
      slice: this.#slice,
      rejects: of.spool.reported,
      ...(failure === undefined ? {} : { failure }),
    });
  }

  #finish(report: LoadReport, failure: PolyflowError | undefined): LoadResult {
    logOutcome(this.#request, report, this.#request.clock.monotonicMs() - this.#startedMs);
    const { drift } = this.#progress;
    return failure === undefined ? { report, drift } : { report, failure, drift };
  }

  get #file(): string {
    return basename(this.#path);
  }

  get #signal(): AbortSignal {
    return this.#request.signal ?? NEVER;
  }
}

const NEVER = new AbortController().signal;
