/**
 * What the web interface reads beyond the public REST API. Base path `/ui`; same errors, same authorisation as `/api/v2`.
 * Not a public interface: it may change with every release. Instants are ISO 8601 strings, durations milliseconds.
 *
 * | call | answer |
 * | --- | --- |
 * | `POST /ui/session` `{username, password}` | signs in: sets the session cookie; answers `uiSession` |
 * | `GET /ui/session` | `uiSession` of the caller (401 when nobody is signed in) |
 * | `DELETE /ui/session` | signs out |
 * | `PUT /ui/colors` `uiColors` | keeps the caller's colours of the interface |
 * | `GET /ui/dags?search&tag&owner&project&paused&state&favourite&order_by&limit&after` | `uiDagList`, a page by keyset |
 * | `GET /ui/dag-facets` | `uiDagFacets`: what the filters offer, how many DAGs there are, import errors |
 * | `PUT`, `DELETE /ui/dags/:dag_id/favourite` | makes the DAG a favourite of the caller, or no longer |
 * | `GET /ui/views/:page`, `PUT`, `DELETE /ui/views/:page/:name` | `uiViews`: lists as the caller likes to see them |
 * | `GET /ui/dags/:dag_id` | `uiDag` |
 * | `GET /ui/dags/:dag_id/structure?version_number` | `uiStructure` |
 * | `GET /ui/dags/:dag_id/grid?limit` | `uiGrid` |
 * | `GET /ui/dags/:dag_id/grid/cells?run_id&run_id…` | `uiGridCells` |
 * | `GET /ui/dags/:dag_id/calendar?year&timezone` | `uiCalendar` |
 * | `GET /ui/dags/:dag_id/runs/:run_id` | `uiRun` |
 * | `GET /ui/dags/:dag_id/runs/:run_id/loads` | `uiLoads` |
 * | `GET /ui/dags/:dag_id/runs/:run_id/tasks/:task_id/waiting?map_index` | `uiWaiting` |
 * | `GET /ui/dags/:dag_id/runs/:run_id/tasks/:task_id/tries/:try_number/log?map_index&after&tail&wait_ms` | `uiLogPage` |
 * | `GET /ui/dags/:dag_id/runs/:run_id/tasks/:task_id/tries/:try_number/log/search?map_index&q&level&after&until` | `uiLogSearchPage` |
 * | `GET /ui/events?dag_id` | server-sent events: `change` with a ChangeEvent as data, only of readable DAGs; a comment every 15 s |
 * | `GET /ui/dashboard` | `uiDashboard` |
 * | `GET /ui/activity` | `uiActivity` |
 *
 * Mutating calls carry the header `X-CSRF-Token` with the value that `uiSession` gave (cookie sessions only).
 */
import { z } from "zod";
import { DAG_RUN_STATES, DAG_RUN_TYPES } from "../dag-run-state.ts";
import { LOG_LEVELS } from "../log-line.ts";
import { TASK_INSTANCE_STATES } from "../task-instance-state.ts";

const instant = z.string();

const color = z.string().regex(/^#[\da-f]{6}$/i);
export const uiColors = z.strictObject({
  accent: color.optional(),
  success: color.optional(),
  running: color.optional(),
  failed: color.optional(),
  queued: color.optional(),
  "up-for-retry": color.optional(),
  skipped: color.optional(),
});

export const uiSession = z.object({
  username: z.string(),
  displayName: z.string(),
  roles: z.array(z.string()),
  permissions: z.array(z.object({ action: z.string(), resource: z.string(), dagId: z.string().optional() })),
  csrfToken: z.string(),
  version: z.string(),
  /** `[core] default_timezone`. */
  timezone: z.string(),
  /** Of the installation (`[webserver] colors`), and the user's own; null: never chosen. Names to `#rrggbb`. */
  colors: z.object({ installation: uiColors, own: uiColors.nullable() }),
});
export type UiSession = z.infer<typeof uiSession>;

export const uiRunSummary = z.object({
  run_id: z.string(),
  state: z.enum(DAG_RUN_STATES),
  run_type: z.enum(DAG_RUN_TYPES),
  run_after: instant,
  start_date: instant.nullable(),
  end_date: instant.nullable(),
});
export type UiRunSummary = z.infer<typeof uiRunSummary>;

/** Which assets a process waits for, by their names. */
export type UiAssetCondition =
  | { readonly kind: "asset" | "alias"; readonly name: string }
  | { readonly kind: "all" | "any"; readonly of: readonly UiAssetCondition[] };
const uiAssetCondition: z.ZodType<UiAssetCondition> = z.union([
  z.object({ kind: z.enum(["asset", "alias"]), name: z.string() }),
  z.object({ kind: z.enum(["all", "any"]), of: z.array(z.lazy(() => uiAssetCondition)) }),
]);

export const uiDag = z.object({
  dag_id: z.string(),
  dag_display_name: z.string(),
  description: z.string().nullable(),
  doc_md: z.string().nullable(),
  is_paused: z.boolean(),
  is_active: z.boolean(),
  has_import_errors: z.boolean(),
  owners: z.array(z.string()),
  tags: z.array(z.string()),
  /** Machine form of the schedule: cron expression, preset, `every 5m`, or null. */
  schedule: z.string().nullable(),
  /** Of a process that is scheduled by assets: what it waits for, and the schedule beside (as `schedule`). */
  asset_schedule: z.object({ condition: uiAssetCondition, time: z.string().nullable() }).nullable(),
  timezone: z.string().nullable(),
  file: z.string(),
  version_number: z.number().int(),
  next_run_after: instant.nullable(),
  /** The next five times at which runs will be created. */
  next_runs: z.array(instant),
  params: z.record(z.string(), z.json()),
  task_count: z.number().int(),
  /** Newest first. */
  recent_runs: z.array(uiRunSummary),
  /** Task states of the newest run: state → count. */
  recent_task_states: z.record(z.string(), z.number().int()),
  project: z.string(),
  is_favourite: z.boolean(),
  can_edit: z.boolean(),
  can_trigger: z.boolean(),
});
export type UiDag = z.infer<typeof uiDag>;

/** Without documentation and coming runs; those are of a single DAG's answer. `next`: pass it as `after`; null after the last page. */
export const uiDagList = z.object({ dags: z.array(uiDag), next: z.string().nullable() });
export type UiDagList = z.infer<typeof uiDagList>;

export const uiDagFacets = z.object({
  total: z.number().int(),
  paused: z.number().int(),
  favourites: z.number().int(),
  /** DAGs by the state of their newest run; `none`: have never run. */
  states: z.record(z.string(), z.number().int()),
  tags: z.array(z.string()),
  owners: z.array(z.string()),
  projects: z.array(z.string()),
  import_errors: z.array(
    z.object({
      file: z.string(),
      code: z.string(),
      message: z.string(),
      line: z.number().int().nullable(),
      column: z.number().int().nullable(),
      at: instant,
    }),
  ),
});
export type UiDagFacets = z.infer<typeof uiDagFacets>;

export const uiViews = z.object({ views: z.array(z.object({ name: z.string(), query: z.string() })) });
export type UiViews = z.infer<typeof uiViews>;

export const uiGroup = z.object({ group_id: z.string(), parent_id: z.string().nullable(), label: z.string() });
export type UiGroup = z.infer<typeof uiGroup>;

export const uiStructure = z.object({
  version_number: z.number().int(),
  nodes: z.array(
    z.object({
      task_id: z.string(),
      label: z.string(),
      operator: z.string(),
      details: z.record(z.string(), z.json()),
      doc_md: z.string().nullable(),
      trigger_rule: z.string(),
      retries: z.number().int(),
      group_id: z.string().nullable(),
      role: z.enum(["setup", "teardown"]).nullable(),
      is_mapped: z.boolean(),
    }),
  ),
  /** `data`: the target takes the source's output. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), data: z.boolean(), label: z.string().nullable() })),
  /** Outer groups stand before their inner ones. */
  groups: z.array(uiGroup),
  /** Assets that stand before the tasks or behind them; left out where there are none. */
  assets: z
    .array(
      z.object({
        name: z.string(),
        /** `input`: tasks use it, or it starts runs; `output`: tasks update it. An asset can be both. */
        side: z.enum(["input", "output"]),
        /** Tasks that use or update it. */
        task_ids: z.array(z.string()),
        starts_runs: z.boolean(),
      }),
    )
    .optional(),
});
export type UiStructure = z.infer<typeof uiStructure>;

export const uiTaskCell = z.object({
  task_id: z.string(),
  map_index: z.number().int(),
  state: z.enum(TASK_INSTANCE_STATES),
  try_number: z.number().int(),
  start_date: instant.nullable(),
  end_date: instant.nullable(),
});
export type UiTaskCell = z.infer<typeof uiTaskCell>;

/** Runs newest first, without their tasks: those come by `uiGridCells`, for the runs in view. Tasks in the order of the newest version. */
export const uiGrid = z.object({
  tasks: z.array(z.object({ task_id: z.string(), label: z.string(), group_id: z.string().nullable() })),
  groups: z.array(uiGroup),
  runs: z.array(uiRunSummary),
});
export type UiGrid = z.infer<typeof uiGrid>;

/**
 * The tasks of runs as lists, an entry for each task that the run has: its place in `uiGrid.tasks`, the place of its state in
 * TASK_STATES_BY_URGENCY, milliseconds from the run's start and of its duration (null: not started, not ended), its instances.
 */
export const uiGridCells = z.object({
  runs: z.array(
    z.object({
      run_id: z.string(),
      places: z.array(z.number().int()),
      states: z.array(z.number().int()),
      offsets: z.array(z.number().int().nullable()),
      durations: z.array(z.number().int().nullable()),
      /** Tries of each task; left out when none has more than one. */
      tries: z.array(z.number().int()).optional(),
      /** Left out when each task has one. */
      instances: z.array(z.number().int()).optional(),
    }),
  ),
});
export type UiGridCells = z.infer<typeof uiGridCells>;

/** Days are `YYYY-MM-DD` in the zone that was asked for; days without runs are left out. `planned`: runs to come, by day. */
export const uiCalendar = z.object({
  days: z.array(z.object({ day: z.string(), states: z.record(z.string(), z.number().int()) })),
  planned: z.record(z.string(), z.number().int()),
});
export type UiCalendar = z.infer<typeof uiCalendar>;

export const uiRun = uiRunSummary.extend({
  dag_id: z.string(),
  logical_date: instant.nullable(),
  data_interval_start: instant.nullable(),
  data_interval_end: instant.nullable(),
  queued_at: instant,
  conf: z.record(z.string(), z.json()),
  note: z.string().nullable(),
  triggered_by: z.string(),
  triggering_user: z.string().nullable(),
  version_number: z.number().int(),
  tasks: z.array(
    uiTaskCell.extend({
      /** What the author's template calls this instance of a mapped task. */
      map_name: z.string().nullable(),
      operator: z.string(),
      max_tries: z.number().int(),
      queued_at: instant.nullable(),
      next_retry_at: instant.nullable(),
      reason: z.string().nullable(),
      note: z.string().nullable(),
      pool: z.string(),
      hostname: z.string().nullable(),
      tries: z.array(
        z.object({ try_number: z.number().int(), state: z.string(), start_date: instant.nullable(), end_date: instant.nullable() }),
      ),
    }),
  ),
});
export type UiRun = z.infer<typeof uiRun>;

/** Why a task instance does or does not run: every gate in the order in which a task comes to them, and what they were told from. */
export const uiWaiting = z.object({
  gates: z.array(z.object({ gate: z.string(), passed: z.boolean(), reason: z.string() })),
  facts: z.object({
    trigger_rule: z.string(),
    /** `failed` counts those as well that did not run because of others. */
    upstream: z.object({ total: z.number(), success: z.number(), failed: z.number(), skipped: z.number() }),
    run_state: z.enum(DAG_RUN_STATES),
    active_runs: z.number(),
    max_active_runs: z.number(),
    active_tasks: z.number(),
    max_active_tasks: z.number(),
    next_retry_at: instant.nullable(),
    pool: z.object({ name: z.string(), slots: z.number(), occupied: z.number() }).nullable(),
    pool_slots: z.number(),
    active: z.number(),
    parallelism: z.number(),
  }),
});
export type UiWaiting = z.infer<typeof uiWaiting>;

export const uiLoads = z.object({
  loads: z.array(
    z.object({
      task_id: z.string(),
      map_index: z.number().int(),
      try_number: z.number().int(),
      report: z.object({
        flow: z.string(),
        loadId: z.string(),
        status: z.enum(["loaded", "repeated", "failed"]),
        source: z.object({ name: z.string(), file: z.string(), sha256: z.string(), bytes: z.number() }),
        target: z.object({ connection: z.string(), schema: z.string(), table: z.string() }),
        rows: z.object({
          read: z.number(),
          loaded: z.number(),
          rejected: z.number(),
          filtered: z.number(),
          inserted: z.number(),
          updated: z.number(),
          unchanged: z.number(),
          deleted: z.number(),
          target: z.number(),
        }),
        lineage: z
          .object({
            fields: z.array(z.object({ name: z.string(), type: z.string() })).readonly(),
            columns: z
              .array(
                z.object({
                  name: z.string(),
                  type: z.string(),
                  description: z.string().nullable(),
                  from: z.array(z.object({ table: z.string().nullable(), field: z.string() })).readonly(),
                }),
              )
              .readonly(),
          })
          .optional(),
        cursor: z.object({ column: z.string(), before: z.string().nullable(), after: z.string().nullable() }).optional(),
        slice: z.string().optional(),
        rejects: z.array(z.object({ row: z.number(), column: z.string(), value: z.string().nullable(), reason: z.string() })),
        rules: z.array(
          z.object({
            name: z.string(),
            metric: z.string(),
            column: z.string().optional(),
            severity: z.enum(["error", "warning"]),
            status: z.enum(["passed", "warned", "failed"]),
            expected: z.string(),
            actual: z.number(),
            unit: z.enum(["rows", "percent", "hours", "number"]),
            note: z.string().optional(),
          }),
        ),
        durationsMs: z.record(z.string(), z.number()),
        startedAt: instant,
        finishedAt: instant,
        error: z.string().optional(),
      }),
    }),
  ),
});
export type UiLoads = z.infer<typeof uiLoads>;

/** `after`: number of lines already seen; `wait_ms`: how long the answer may wait for a line to come (at most 30 s); `next`: what to pass next time. `complete`: the attempt has ended and no line will follow. */
export const uiLogPage = z.object({
  lines: z.array(z.object({ at: instant, level: z.enum(LOG_LEVELS), source: z.string(), message: z.string() })),
  /** Lines before this page. */
  first: z.number().int(),
  next: z.number().int(),
  complete: z.boolean(),
});
export type UiLogPage = z.infer<typeof uiLogPage>;

/** Lines found in a part of a log, with their numbers in the whole of it; ask again with `after` = `next` until `done`. */
export const uiLogSearchPage = z.object({
  lines: z.array(z.object({ number: z.number().int(), at: instant, level: z.enum(LOG_LEVELS), source: z.string(), message: z.string() })),
  next: z.number().int(),
  done: z.boolean(),
});
export type UiLogSearchPage = z.infer<typeof uiLogSearchPage>;

/** The last 24 hours: ended runs by hour (those without any left out), the longest of them, processes that failed most often; pools now. */
export const uiActivity = z.object({
  hours: z.array(z.object({ at: instant, success: z.number().int(), failed: z.number().int() })),
  slowest: z.array(
    z.object({ dag_id: z.string(), name: z.string(), run_id: z.string(), state: z.enum(DAG_RUN_STATES), duration_ms: z.number() }),
  ),
  failing: z.array(
    z.object({ dag_id: z.string(), name: z.string(), failed: z.number().int(), total: z.number().int(), last_failed_run_id: z.string() }),
  ),
  /** Null for those who may not read pools. */
  pools: z
    .array(
      z.object({
        name: z.string(),
        slots: z.number().int(),
        running: z.number().int(),
        queued: z.number().int(),
        scheduled: z.number().int(),
        deferred: z.number().int(),
      }),
    )
    .nullable(),
});
export type UiActivity = z.infer<typeof uiActivity>;

export const uiDashboard = z.object({
  components: z.array(
    z.object({ name: z.string(), status: z.enum(["healthy", "unhealthy", "unknown"]), last_heartbeat: instant.nullable() }),
  ),
  dags: z.object({ active: z.number().int(), paused: z.number().int(), import_errors: z.number().int() }),
  runs: z.record(z.string(), z.number().int()),
  task_instances: z.record(z.string(), z.number().int()),
});
export type UiDashboard = z.infer<typeof uiDashboard>;
