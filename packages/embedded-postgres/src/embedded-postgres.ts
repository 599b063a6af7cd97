import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { Clock, Logger, Service } from "@polyflow/service-kit";
import { findFreePort, isPortFree } from "./free-port.ts";
import { type ClusterPaths, clusterMajor, clusterPaths, initialiseCluster, SUPERUSER } from "./initialise-cluster.ts";
import { launchPostmaster, pause, waitForEnd } from "./launch-postmaster.ts";
import { chooseOperatingUser, giveTo, type OperatingUser, reachThrough } from "./operating-user.ts";
import { locatePostgresBinaries, type PostgresBinaries } from "./postgres-binaries.ts";
import { isServerAlive, type PostmasterFile, readPostmasterFile, removeEmptyPostmasterFile } from "./postmaster-file.ts";
import { doesServerAnswer } from "./server-answer.ts";
import { prepareSocketFolder, socketFolder } from "./socket-folder.ts";

export interface EmbeddedPostgresOptions {
  /** Absolute folder of the cluster; made when missing. */
  readonly dir: string;
  /** Folder of the unix socket. Default: in `dir`, or a short one in the temporary folder when that path is too long for a socket. */
  readonly socketDir?: string;
  /** Port on 127.0.0.1. Default: the one chosen at the first start, found free from 15432 on. */
  readonly port?: number;
  /** Folder with postgres and initdb of an installed PostgreSQL, instead of the one from npm. */
  readonly binDir?: string;
  /** Default true. False trades safety for speed: for clusters that are thrown away. */
  readonly durable?: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A PostgreSQL of our own. Its server outlives a killed Polyflow; the next start takes it over. */
export interface EmbeddedPostgres extends Service {
  /** True when the last start found the server running and took it over. */
  readonly adopted: boolean;
  /** Port on 127.0.0.1, known after the start. */
  readonly port: number;
  /** From now until the stop, a server that ends by itself (killed for want of memory, say) is started again at the same address. */
  keepRunning(): void;
  /** Superuser URL of a database, by the unix socket where there is one. */
  connectionUrl(database: string): string;
  /** The same by TCP, for programs that know no sockets. */
  tcpUrl(database: string): string;
}

const FIRST_PORT = 15_432;
const START_TIMEOUT_MS = 60_000;
/** A server killed a moment ago may still look alive, and its last processes may still hold its memory. */
const RETRY_FOR_MS = 10_000;
const RETRY_PAUSE_MS = 50;
/** How often it is seen to that the server is there. */
const WATCH_MS = 1_000;
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 10_000;

/**
 * Supervises a PostgreSQL server in `dir`: creates the cluster at the first start, starts it, or takes over one that still runs.
 * @example
 * const postgres = createEmbeddedPostgres({ dir: "/srv/polyflow/postgres", logger, clock: systemClock });
 * await postgres.start();
 * postgres.connectionUrl("polyflow"); // postgresql://polyflow:…@localhost:15432/polyflow?host=…
 */
export function createEmbeddedPostgres(options: EmbeddedPostgresOptions): EmbeddedPostgres {
  return new Supervisor(options);
}

class Supervisor implements EmbeddedPostgres {
  readonly name = "embedded-postgres";
  readonly #options: EmbeddedPostgresOptions;
  readonly #paths: ClusterPaths;
  readonly #logger: Logger;
  #starting: Promise<void> = Promise.resolve();
  #running: PostmasterFile | undefined;
  #programs: { readonly binaries: PostgresBinaries; readonly user: OperatingUser } | undefined;
  #cancelWatch: (() => void) | undefined;
  #password = "";
  #adopted = false;

  constructor(options: EmbeddedPostgresOptions) {
    this.#options = options;
    this.#paths = clusterPaths(resolve(options.dir));
    this.#logger = options.logger;
  }

  get adopted(): boolean {
    return this.#adopted;
  }

  get port(): number {
    return this.#server().port;
  }

  connectionUrl(database: string): string {
    const { socketDir } = this.#server();
    const url = this.tcpUrl(database);
    return socketDir === "" ? url : `${url}?host=${encodeURIComponent(socketDir)}`;
  }

  tcpUrl(database: string): string {
    return `postgresql://${SUPERUSER}:${this.#password}@127.0.0.1:${this.#server().port}/${encodeURIComponent(database)}`;
  }

  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const paths = this.#paths;
    const [binaries, user] = await Promise.all([locatePostgresBinaries(this.#options.binDir), chooseOperatingUser()]);
    await mkdir(paths.dir, { recursive: true, mode: 0o711 });
    if (user.identity !== undefined) await chmod(paths.dir, 0o711);
    const ableUser = await reachThrough(user, [paths.data, binaries.postgres]);
    await this.#prepareCluster(binaries, ableUser);
    this.#password = await readFile(paths.password, "utf8");
    this.#programs = { binaries, user: ableUser };
    const found = await this.#findRunning();
    this.#adopted = found !== undefined;
    this.#running = found ?? (await this.#launch(binaries, ableUser));
    this.#logger.debug(this.#adopted ? "took over the running PostgreSQL" : "started PostgreSQL", {
      pid: this.#running.pid,
      port: this.#running.port,
    });
  }

  keepRunning(): void {
    this.#cancelWatch = this.#options.clock.schedule(WATCH_MS, () => {
      this.#starting = this.#startAgainIfGone();
    });
  }

  /** Never rejects: what fails is tried again with the next look. */
  async #startAgainIfGone(): Promise<void> {
    const { pid } = this.#server();
    try {
      if (this.#programs !== undefined && !(await isServerAlive(pid, this.#paths.data))) {
        this.#logger.error("PostgreSQL has ended by itself and is started again", { pid, log: this.#paths.log });
        this.#running = (await this.#findRunning()) ?? (await this.#launch(this.#programs.binaries, this.#programs.user));
        this.#logger.warn("PostgreSQL is back", { pid: this.#running.pid, port: this.#running.port });
      }
    } catch (error) {
      this.#logger.error("PostgreSQL could not be started again", { error: String(error) });
    }
    if (this.#cancelWatch !== undefined) this.keepRunning();
  }

  async stop(): Promise<void> {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    // A start that is under way would leave a server behind that nobody stops. Whether it fails, its caller hears.
    await this.#starting.catch(() => undefined);
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    for (const [signal, timeoutMs] of [
      ["SIGINT", FAST_STOP_MS],
      ["SIGQUIT", IMMEDIATE_STOP_MS],
    ] as const) {
      if (!(await isServerAlive(running.pid, this.#paths.data))) return;
      signalServer(running.pid, signal);
      if (await waitForEnd(running.pid, this.#paths.data, { clock: this.#options.clock, timeoutMs })) return;
    }
    throw new PolyflowError("embedded_postgres_failed", `PostgreSQL (process ${running.pid}) does not stop. See "${this.#paths.log}".`);
  }

  async #prepareCluster(binaries: PostgresBinaries, user: OperatingUser): Promise<void> {
    const paths = this.#paths;
    const major = await clusterMajor(paths);
    if (major === undefined) {
      this.#logger.debug("creating the PostgreSQL cluster", { dir: paths.data });
      await initialiseCluster(paths, { binaries, user, durable: this.#options.durable ?? true });
    } else if (major !== binaries.major) {
      throw new PolyflowError(
        "database_version",
        `The database in "${paths.data}" was made by PostgreSQL ${major}, and the programs here are PostgreSQL ${binaries.major}. ` +
          `Set [database] embedded_bin_dir to a PostgreSQL ${major}, or start with an empty --home.`,
        { details: { clusterMajor: major, programMajor: binaries.major } },
      );
    }
    await giveTo(user, paths.data);
  }

  /** A server of this cluster that is alive and ready, waiting for one that starts or stops at this moment. */
  async #findRunning(): Promise<PostmasterFile | undefined> {
    const { clock } = this.#options;
    const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
    for (;;) {
      const file = await readPostmasterFile(this.#paths.data);
      if (file === undefined || !(await isServerAlive(file.pid, this.#paths.data))) return undefined;
      if (file.status === "ready" && (await isTakingConnections(file, this.#paths.data))) return file;
      if (clock.monotonicMs() > deadline) {
        throw new PolyflowError(
          "embedded_postgres_failed",
          `PostgreSQL (process ${file.pid}) of "${this.#paths.data}" has been ${file.status} for a minute. See "${this.#paths.log}", stop that process and start again.`,
        );
      }
      await pause(clock, RETRY_PAUSE_MS);
    }
  }

  async #launch(binaries: PostgresBinaries, user: OperatingUser): Promise<PostmasterFile> {
    const { clock } = this.#options;
    const paths = this.#paths;
    const socketDir = this.#options.socketDir ?? socketFolder(paths.dir);
    await prepareSocketFolder(socketDir, user);
    let port = await this.#choosePort();
    const deadline = clock.monotonicMs() + RETRY_FOR_MS;
    for (;;) {
      const result = await launchPostmaster({ paths, binaries, user, port, socketDir, clock, timeoutMs: START_TIMEOUT_MS });
      if (result.kind === "ready") {
        await writeFile(paths.port, `${port}\n`);
        return result.file;
      }
      const isOverdue = clock.monotonicMs() > deadline;
      if (isOverdue && (await removeEmptyPostmasterFile(paths.data))) {
        this.#logger.warn(`Removed the empty lock file in "${paths.data}": a computer that lost its power leaves one behind.`);
      } else if (isOverdue || !isPassing(result.output)) {
        throw new PolyflowError(
          "embedded_postgres_failed",
          `PostgreSQL did not start. Its log "${paths.log}" ends with: ${result.output.trim()}`,
        );
      }
      this.#logger.debug("PostgreSQL is not ready to start yet", { output: result.output });
      await pause(clock, RETRY_PAUSE_MS);
      const startedByAnother = await this.#findRunning();
      if (startedByAnother !== undefined) {
        this.#adopted = true;
        return startedByAnother;
      }
      if (!(await isPortFree(port))) port = await this.#choosePort();
    }
  }

  async #choosePort(): Promise<number> {
    const configured = this.#options.port;
    if (configured !== undefined) {
      if (await isPortFree(configured)) return configured;
      throw new PolyflowError(
        "port_in_use",
        `Port ${configured} on 127.0.0.1, set for the embedded PostgreSQL, is taken by another program. Set [database] embedded_port to a free one.`,
      );
    }
    const kept = Number.parseInt(await readFile(this.#paths.port, "utf8").catch(() => ""), 10);
    const wanted = Number.isInteger(kept) ? kept : FIRST_PORT;
    const port = await findFreePort(wanted);
    if (Number.isInteger(kept) && port !== kept) {
      this.#logger.warn(`Port ${kept} is taken by another program; the embedded PostgreSQL listens on ${port} now.`);
    }
    return port;
  }

  #server(): PostmasterFile {
    if (this.#running === undefined)
      throw new PolyflowError("internal", "The embedded PostgreSQL was asked for its address before it was started.");
    return this.#running;
  }
}

/**
 * What goes away by itself: another program took the port, the last processes of a killed server are still about to end, or another
 * server that starts has made its lock file and not written it yet.
 */
function isPassing(output: string): boolean {
  return /Address already in use|could not create any|lock file .* (already exists|is empty)|pre-existing shared memory block/s.test(
    output,
  );
}

/** A server handles the signal to stop before it answers a client, and writes down first that it stops: hence the second look at the file. */
async function isTakingConnections(file: PostmasterFile, dataDir: string): Promise<boolean> {
  if (!(await doesServerAnswer(file.port))) return false;
  const afterwards = await readPostmasterFile(dataDir);
  return afterwards?.pid === file.pid && afterwards.status === "ready";
}

function signalServer(pid: number, signal: "SIGINT" | "SIGQUIT"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!isGone) throw error;
  }
}
