import type { AssetEventsByName, JsonObject, LogLine } from "@polyflow/contracts";
import type { Connection, OtherDags } from "@polyflow/sdk";
import type { Provider } from "@polyflow/sdk/runtime";
import type { Clock } from "@polyflow/service-kit";
import type { EarlierXComs } from "./memory-xcoms.ts";

/** A connection with only what matters to the test; the rest is null or empty. */
export type ConnectionValues = Partial<Omit<Connection, "connectionId">> & Pick<Connection, "type">;

/** What a DAG run in memory is given. All is optional. */
export interface RunDagOptions {
  /** Parameters of the trigger, laid over the defaults of the DAG and checked against its schema. */
  readonly conf?: JsonObject;
  /** Connections by id, or a function that looks them up. */
  readonly connections?:
    | { readonly [connectionId: string]: ConnectionValues }
    | ((connectionId: string) => Promise<Connection | undefined>);
  /** Variables by key, or a function that looks them up. */
  readonly variables?: { readonly [key: string]: string } | ((key: string) => Promise<string | undefined>);
  /** Open what `ctx.sql`, `ctx.files` and `ctx.extract` ask for, by type of connection. */
  readonly providers?: readonly Provider[];
  /** Answers for `ctx.dags`: what tasks that start or await other DAGs get. */
  readonly dags?: Partial<OtherDags>;
  /** Logical date of the run. Default: the time of the clock. */
  readonly logicalDate?: Date;
  readonly dataInterval?: { readonly start: Date; readonly end: Date };
  /** The last successful run before, for `ctx.details` and `prev_data_interval_end_success` and the like. Default: there is none. */
  readonly previousSuccess?: {
    readonly dataInterval: { readonly start: Date; readonly end: Date };
    readonly startDate: Date;
    readonly endDate: Date;
  };
  /** What `ctx.triggeringAssetEvents` says. */
  readonly triggeringAssetEvents?: AssetEventsByName;
  /** What `ctx.inletEvents` says, by name of the asset, newest first. */
  readonly inletEvents?: AssetEventsByName;
  /** Values that `ctx.xcom.pull` finds with `includePriorDates`: `{ extract: { watermark: 7 } }`. */
  readonly earlierXComs?: EarlierXComs;
  /** Folder of the project, for `ctx.projectDir`. Default: the current folder. */
  readonly projectDir?: string;
  /** Default: the system's clock. `fakeClock("2026-01-31T06:00:00Z")` starts the run at another time. */
  readonly clock?: Clock;
  /** Wait the time between tries and between the looks of sensors, as a real run does. Default false: the run's time jumps over it. */
  readonly waitForRetries?: boolean;
  /** Ends the run: the task at work is aborted, no further one starts. */
  readonly signal?: AbortSignal;
  /** Hears of each line of a task's log as it is written. */
  readonly onLog?: (taskId: string, line: LogLine) => void;
}
