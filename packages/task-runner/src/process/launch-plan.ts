import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { SUPERVISOR_VARIABLE } from "./leftover-processes.ts";

/** What of the given environment a task process may see. Everything else, secrets of the server above all, stays away from it. */
const PASSED_ON: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
]);

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface LaunchPlan {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface LaunchPlanOptions {
  /** The file that task processes run. */
  readonly main: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where Node keeps compiled code, so that later processes start faster. */
  readonly compileCacheDir: string;
  /** Names the supervisor's instance in the environment of all it starts. */
  readonly marker: string;
  /** Limit of each process's JavaScript heap; Node's own choice without it. */
  readonly heapLimitMb?: number;
}

/** Node lets short-lived objects pile up to 100 MB before it looks; a process that reads large files needs a tenth of that. */
const YOUNG_OBJECTS = "--max-semi-space-size=4";

/** How task processes are started: through `setpriv` where there is one, so that the kernel kills them with their supervisor. */
export function planLaunch(options: LaunchPlanOptions): LaunchPlan {
  const path = options.environment["PATH"] ?? DEFAULT_PATH;
  const node = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    YOUNG_OBJECTS,
    ...(options.heapLimitMb === undefined ? [] : [`--max-old-space-size=${options.heapLimitMb}`]),
    options.main,
  ];
  const setpriv = findExecutable("setpriv", path);
  const [command = process.execPath, ...rest] = setpriv === undefined ? node : [setpriv, "--pdeathsig", "KILL", "--", ...node];
  const passedOn = Object.entries(options.environment).filter(
    (entry): entry is [string, string] => PASSED_ON.has(entry[0]) && entry[1] !== undefined,
  );
  return {
    command,
    arguments: rest,
    environment: {
      ...Object.fromEntries(passedOn),
      PATH: path,
      NODE_COMPILE_CACHE: options.compileCacheDir,
      [SUPERVISOR_VARIABLE]: options.marker,
    },
  };
}

function findExecutable(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
