import { boolean, colors, integer, list, type Option, oneOf, seconds, text, timezone } from "./option.ts";

/** Every option of Polyflow. docs/configuration.md is made from this; `npm test` compares. */
export const OPTIONS = {
  core: {
    parallelism: integer({ default: 32, min: 1, description: "How many task instances may run at once, over all DAGs." }),
    max_active_tasks_over: oneOf(["run", "dag"], {
      default: "run",
      description:
        "Over what `maxActiveTasks` of a DAG counts: each `run`, as in Airflow 3, or all runs of the `dag` together, as in Airflow 2.",
    }),
    max_map_length: integer({
      default: 1024,
      min: 1,
      description: "How many instances a mapped task may have, unless it, its group or its DAG says otherwise (`maxMapLength`).",
    }),
    default_timezone: timezone({
      default: "UTC",
      description:
        "Time zone of the server that the interface offers beside UTC and the reader's own. Schedules name theirs in the DAG (UTC if they do not).",
    }),
    load_examples: boolean({ default: true, description: "Whether the example project is shown." }),
    projects: list({
      default: [],
      defaultText: "`<home>/projects/main`",
      description: "Folders of projects, each with `dags/` and `metadata/`. `name=folder` gives a project another name than its folder's.",
    }),
    fernet_key: text({
      default: "",
      defaultText: "made at the first start, in `<home>/secrets/fernet-key`",
      secret: true,
      description: "Keys that encrypt connections and variables, separated by commas: the first encrypts, all decrypt.",
    }),
  },
  database: {
    sql_alchemy_conn: text({
      default: "",
      defaultText: "the embedded PostgreSQL",
      secret: true,
      aliases: ["database.url"],
      description: "Address of the metadata database, PostgreSQL 13 or newer: `postgresql://user:password@host:5432/database`.",
    }),
    sql_alchemy_pool_size: integer({
      default: 10,
      min: 2,
      max: 1000,
      description: "Most connections of one process to the metadata database.",
    }),
    embedded_port: integer({
      default: 0,
      min: 0,
      max: 65_535,
      defaultText: "a free one from 15432 on, kept from then on",
      description: "Port of the embedded PostgreSQL on 127.0.0.1.",
    }),
    embedded_bin_dir: text({
      default: "",
      defaultText: "the PostgreSQL from npm",
      description: "Folder with `postgres` and `initdb` of an installed PostgreSQL to use as the embedded one.",
    }),
  },
  secrets: {
    backend: text({
      default: "",
      description:
        "Where connections and variables of tasks are looked for first: `vault` (HashiCorp Vault) or `file`; Airflow's class names of these are " +
        "understood. Then the server's environment (`AIRFLOW_CONN_ID`, `AIRFLOW_VAR_KEY`, or with `POLYFLOW_`), then the database.",
    }),
    backend_kwargs: text({
      default: "",
      secret: true,
      description: "Settings of the backend, a JSON object with Airflow's names; docs/guide/en/administration.md lists them.",
    }),
  },
  openlineage: {
    transport: text({
      default: "",
      secret: true,
      description:
        'Where OpenLineage events go, a JSON object as in Airflow: `{"type": "http", "url": "http://marquez:5000"}` (with `"auth": {"type": ' +
        '"api_key", "apiKey": "…"}`), or `{"type": "file", "log_file_path": "/srv/lineage.jsonl"}`. Empty: none are made.',
    }),
    namespace: text({ default: "default", description: "Namespace of the jobs in OpenLineage events." }),
  },
  xcom: {
    storage: text({
      default: "",
      defaultText: "`<home>/xcom`",
      description:
        "Where outputs of tasks stand that are too large for the database: a folder that all servers see, or `connection:ID/folder` for what " +
        "a connection leads to, such as a bucket (S3).",
    }),
    max_in_database_kb: integer({ default: 256, min: 1, max: 1_048_576, description: "Larger outputs of tasks stand in the storage." }),
    max_value_kb: integer({
      default: 16_384,
      min: 1,
      max: 30_720,
      description: "Larger outputs are refused: the task fails with the advice to write a table or a file.",
    }),
  },
  webserver: {
    host: text({
      default: "127.0.0.1",
      aliases: ["webserver.web_server_host", "api.host"],
      description: "Address to listen on; 0.0.0.0 for all of the machine's.",
    }),
    port: integer({
      default: 8080,
      min: 0,
      max: 65_535,
      aliases: ["webserver.web_server_port", "api.port"],
      description: "Port of the interface and the API; 0 for any free one.",
    }),
    code_editor: boolean({
      default: true,
      description: "Whether those with rights to DAG Code edit the projects' files in the browser. What they save runs as tasks.",
    }),
    translations_folder: text({
      default: "",
      defaultText: "`<home>/translations`",
      description: "Folder of your own words for the interface, over those that come along: `<folder>/<ru|en>/LC_MESSAGES/messages.po`.",
    }),
    colors: colors({
      default: [],
      defaultText: "as it comes",
      description: "Colours of the interface for all who have chosen none themselves. Texts keep a shade of them that can be read.",
    }),
    upload_folder: text({
      default: "",
      defaultText: "`<home>/data`",
      description: "Folder of the projects' data; files that people give to a run are kept in `<folder>/<project>/uploads`.",
    }),
    upload_max_mb: integer({
      default: 1024,
      min: 1,
      max: 1_000_000,
      description: "Largest file that people may give to a run, in megabytes.",
    }),
    upload_total_mb: integer({
      default: 20_480,
      min: 0,
      max: 1_000_000_000,
      description: "How much the uploads of all projects may take together, in megabytes; more are refused. 0: as much as the disk has.",
    }),
    upload_keep_days: integer({
      default: 90,
      min: 0,
      max: 36_500,
      description:
        "How many days uploads are kept, those of runs included: what is older is removed, and a task that reads it fails when it is run again. 0: for ever.",
    }),
    upload_extensions: list({
      default: [".csv", ".tsv", ".txt", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".xlsx", ".xls", ".parquet", ".dbf", ".gz", ".zip"],
      description: "Extensions of files that people may give to a run; `*` for all.",
    }),
    layout_seconds: integer({
      default: 30,
      min: 1,
      max: 600,
      description: "How long the layout designer may read one file before it is given up, in seconds.",
    }),
    layout_memory_mb: integer({
      default: 512,
      min: 128,
      max: 16_384,
      description:
        "Memory of a process that reads files for the layout designer, in megabytes; there are two at most, and none when nobody asks.",
    }),
    expose_config: boolean({
      default: false,
      description: "Whether the interface and the API show the configuration, secrets masked, to those who have the right to read it.",
    }),
    connection_test_seconds: seconds({
      default: 30,
      min: 1,
      max: 600,
      description: "How long trying a connection from the interface or the API may take.",
    }),
    base_path: text({ default: "", description: "Path under which a proxy shows Polyflow, without a slash at its end: `/polyflow`." }),
    secret_key: text({
      default: "",
      defaultText: "made at the first start, in `<home>/secrets/session-secret`",
      secret: true,
      description: "Signs tokens of workers and protects forms; at least 32 characters, the same on all servers.",
    }),
    cookie_secure: boolean({
      default: false,
      description: "Whether browsers come over HTTPS: cookies are then sent over HTTPS only. Set it to True behind a TLS proxy.",
    }),
    session_lifetime_minutes: integer({ default: 1440, min: 1, description: "How long a sign-in and an API token live." }),
    trusted_proxies: list({ default: [], description: "Addresses of proxies whose `X-Forwarded-*` headers are believed." }),
  },
  scheduler: {
    poll_seconds: seconds({
      default: 5,
      min: 0.1,
      aliases: ["scheduler.scheduler_heartbeat_sec"],
      description: "How often the scheduler looks for what a lost hint did not tell it.",
    }),
    create_cron_data_intervals: boolean({
      default: false,
      description:
        "Whether runs of cron schedules are for the time between two slots and start when that is over (Airflow 2), where the DAG does not say; otherwise a run is for its slot (Airflow 3).",
    }),
    lease_seconds: seconds({ default: 15, min: 3, description: "How long a scheduler that has died keeps the lead." }),
    worker_timeout_seconds: seconds({
      default: 30,
      min: 1,
      description: "A worker silent for so long is given up; its tasks are tried again.",
    }),
    backfill_max_dates: integer({ default: 10_000, min: 1, max: 1_000_000, description: "How many dates one backfill may have." }),
  },
  dag_processor: {
    parse_timeout: seconds({ default: 30, min: 0.1, description: "Longest time for reading one DAG file." }),
    parse_memory_mb: integer({ default: 512, min: 32, description: "Most memory for reading one DAG file." }),
    parse_processes: integer({
      default: 2,
      min: 1,
      max: 64,
      description: "How many processes read DAG files at once; besides as many for files that were just saved.",
    }),
    parse_files_per_process: integer({
      default: 1000,
      min: 1,
      max: 100_000,
      description:
        "How many files found by a scan one process reads, one after another. A file that was just saved has a process of its own; with 1 every file has.",
    }),
    parse_idle_seconds: seconds({
      default: 30,
      min: 1,
      description:
        "The process that stands ready for the next saved file, and the compiler's, end when none was saved for so long; the next one saved takes some 50 ms more.",
    }),
  },
  workers: {
    slots: integer({
      default: 0,
      min: 0,
      max: 1000,
      defaultText: "four for each core, at least 8",
      aliases: ["celery.worker_concurrency"],
      description: "How many tasks this worker runs at once.",
    }),
    warm_processes: integer({ default: 2, min: 0, max: 100, description: "How many task processes are kept ready." }),
    heartbeat_seconds: seconds({ default: 5, min: 0.1, description: "How often a worker says that it lives." }),
    callback_slots: integer({
      default: 4,
      min: 1,
      max: 1000,
      description: "How many callbacks of tasks, runs and missed deadlines this worker runs at once, beside its tasks.",
    }),
    callback_poll_seconds: seconds({
      default: 2,
      min: 0.1,
      max: 3600,
      description: "How often this worker asks for callbacks that nothing has announced to it: those of runs, deadlines and retries.",
    }),
    stop_grace_seconds: seconds({
      default: 10,
      min: 0,
      description: "How long running tasks may go on when Polyflow stops, before they are killed and tried again at the next start.",
    }),
    worker_key: text({
      default: "",
      defaultText: "made at the first start, in `<home>/secrets/worker-key`",
      secret: true,
      description: "Secret that workers register with; at least 32 characters.",
    }),
  },
  triggerer: {
    capacity: integer({
      default: 10_000,
      min: 1,
      max: 100_000,
      aliases: ["triggerer.default_capacity"],
      description: "How many deferred tasks this worker watches at once; others wait for another worker, or until one is over.",
    }),
  },
  logging: {
    level: oneOf(["debug", "info", "warn", "error"], {
      default: "info",
      description: "Least severity that is written to `<home>/logs/polyflow.log`.",
    }),
    base_log_folder: text({ default: "", defaultText: "`<home>/logs/tasks`", description: "Folder of the tasks' logs." }),
  },
} as const satisfies { readonly [section: string]: { readonly [key: string]: Option<unknown> } };

type Registry = typeof OPTIONS;
type ValueOf<Entry> = Entry extends Option<infer Value> ? Value : never;

/** The value of every option, checked. */
export type Configuration = {
  readonly [Section in keyof Registry]: { readonly [Key in keyof Registry[Section]]: ValueOf<Registry[Section][Key]> };
};

export interface RegisteredOption {
  readonly section: string;
  readonly key: string;
  readonly option: Option<unknown>;
}

/** All options in the order of the registry. */
export function listOptions(): readonly RegisteredOption[] {
  return Object.entries(OPTIONS).flatMap(([section, options]) =>
    Object.entries(options).map(([key, option]): RegisteredOption => ({ section, key, option })),
  );
}

/** The option of that name or alias. */
export function findOption(section: string, key: string): RegisteredOption | undefined {
  const name = `${section}.${key}`.toLowerCase();
  return listOptions().find((entry) => `${entry.section}.${entry.key}` === name || entry.option.aliases.includes(name));
}
