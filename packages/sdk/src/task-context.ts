import type { AssetEvent, AssetEventsByName, BulkSession, JsonObject, JsonValue, LoadReport } from "@polyflow/contracts";
import type { AttemptDetails, WaitEvent } from "@polyflow/contracts/wire";
import type { Duration } from "./duration.ts";
import type { Asset, AssetAlias } from "./asset.ts";
import type { XComAccess } from "./xcom-access.ts";
import type { Extract, ExtractRequest } from "./extract.ts";
import type { FileStore } from "./file-store.ts";
import type { OtherDags } from "./other-dags.ts";
import type { TaskLogger } from "./task-logger.ts";

/** A connection as a task sees it. */
export interface Connection {
  readonly connectionId: string;
  readonly type: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly login: string | null;
  readonly password: string | null;
  readonly schema: string | null;
  readonly extra: JsonObject;
}

/** A row of a query's answer, by column name. int8 and numeric arrive as strings, so that nothing is rounded. */
export type SqlRow = { readonly [column: string]: unknown };

/** A session with an SQL database, opened by `ctx.sql`, closed when the task ends. */
export interface SqlSession {
  /** Runs one statement; parameters are `$1`, `$2`, … in the database's own form. */
  query(statement: string, parameters?: readonly unknown[]): Promise<readonly SqlRow[]>;
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result>;
}

/** What a task waited for before this attempt. */
export interface TaskWait {
  /** Milliseconds since its first attempt began, also of earlier tries; from the time the task instance was last cleared. */
  readonly elapsedMs: number;
  /** How often an attempt has gone to wait since then. */
  readonly waits: number;
  /** How the wait ended that `defer` began; undefined after a reschedule, and in a new try. */
  readonly resumed?: {
    readonly state?: JsonValue;
    readonly timedOut: boolean;
    /** What ended the wait, with the value that `watch` gave; undefined when its time was up, or at the instant that was waited for. */
    readonly event?: WaitEvent;
  };
}

/** What a task's function gets beside its input. Instants are Dates; those of runs without a logical date are undefined. */
export interface TaskContext {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly runType: string;
  readonly logicalDate: Date | undefined;
  readonly dataIntervalStart: Date | undefined;
  readonly dataIntervalEnd: Date | undefined;
  readonly runAfter: Date;
  /** The run's parameters: defaults of the DAG overlaid by those of the trigger. */
  readonly params: JsonObject;
  /** What the trigger gave, without the defaults. */
  readonly conf: JsonObject;
  /** Absolute path of the project's folder (the one that holds `dags/` and `metadata/`). */
  readonly projectDir: string;
  readonly log: TaskLogger;
  /** Aborted when the attempt is cancelled or times out. */
  readonly signal: AbortSignal;
  /** Set when the task has waited before. See `defer`. */
  readonly wait: TaskWait | undefined;
  /** The time. In a test the clock can be driven, so ask here instead of `new Date()` where it matters. */
  now(): Date;
  /** Waits within the attempt; ends with the attempt. A number is in milliseconds. */
  sleep(duration: Duration | number): Promise<void>;
  /** @throws PolyflowError `connection_not_found` */
  connection(connectionId: string): Promise<Connection>;
  /** @throws PolyflowError `variable_not_found` unless a default is given */
  variable(key: string, defaultValue?: string): Promise<string>;
  /** Opens a session on the database that the connection names. */
  sql(connectionId: string): Promise<SqlSession>;
  /** Opens the files that a connection leads to (SFTP, FTP, S3, a folder): one that is stored, by its id, or one of the task's own making. */
  files(connection: string | Connection): Promise<FileStore>;
  /** Reads records of the system that a connection leads to, for loads; close it when done. */
  extract(connection: string | Connection, request: ExtractRequest): Promise<Extract>;
  /** Opens a session that loads write through into a database other than PostgreSQL; close it when done. */
  bulk(connection: string | Connection): Promise<BulkSession>;
  /** Outputs beside what tasks return and take as inputs. */
  readonly xcom: XComAccess;
  /** What triggered the run: the updates since the run before, by asset. Empty unless assets triggered it. */
  readonly triggeringAssetEvents: AssetEventsByName;
  /**
   * Says more of the update that the task's success makes of one of its `outlets`. Through an alias among them it updates any asset.
   * @throws Error when the asset (or alias) is no outlet of the task
   * @example ctx.updateAsset(orders, { rows: 3 });
   * @example ctx.updateAsset(asset(`sales_${year}`), {}, { alias: sales });
   */
  updateAsset(
    asset: string | Pick<Asset, "name" | "uri" | "group">,
    extra?: JsonObject,
    options?: { readonly alias?: string | AssetAlias },
  ): void;
  /** The newest updates of one of the task's `inlets`, newest first. @throws PolyflowError `asset_not_found` when it is none */
  inletEvents(asset: string | Asset): Promise<readonly AssetEvent[]>;
  /**
   * More about the attempt, its task, DAG and run, and the last successful run before; asked of the server at each call.
   * @example const { previousSuccess } = await ctx.details(); // what has come since previousSuccess?.dataIntervalEnd
   */
  details(): Promise<AttemptDetails>;
  /** Runs of other DAGs: to start them, to look at their states. */
  readonly dags: OtherDags;
  /** Keeps what a load did with the task instance, for the interface. */
  reportLoad(report: LoadReport): Promise<void>;
}
