import type { Service } from "@polyflow/service-kit";
import { createDagFileReader, type DagFileReader } from "./dag-file-reader.ts";
import { type DagProcessorOptions, type DagProcessorSettings, DEFAULT_SETTINGS, type Project } from "./options.ts";
import { type Occasion, ProjectFiles } from "./project-files.ts";
import { ProjectWatch } from "./project-watch.ts";
import { ScanProgress } from "./scan-progress.ts";
import { WorkQueue } from "./work-queue.ts";

/** The service, with what commands and tests need beside. */
export interface DagProcessor extends Service {
  /** Resolves when all files that are known to have changed are read and published. */
  whenIdle(): Promise<void>;
}

interface FileWork {
  readonly kind: "file";
  readonly project: WatchedProject;
  readonly relativePath: string;
  readonly occasion: Occasion;
  /** It cannot be evaluated in one process with others. */
  readonly isAlone: boolean;
}

/** Files that were refused because of another file's DAG are read again: that DAG may be gone. */
interface DuplicatesWork {
  readonly kind: "duplicates";
}

type Work = FileWork | DuplicatesWork;

/** Two requests for one file: a change asks for more than a scan, and who was alone stays so. */
function mergeWork(earlier: Work, later: Work): Work {
  if (earlier.kind !== "file" || later.kind !== "file") return later;
  return { ...later, occasion: earlier.occasion === "change" ? "change" : later.occasion, isAlone: earlier.isAlone || later.isAlone };
}

/** A timetable is not asked more often than this, however little it lists, and at least this often. */
const SHORTEST_HORIZON_MS = 60_000;
const LONGEST_HORIZON_MS = 86_400_000;

/** Differs from all keys of files, which contain a colon. */
const DUPLICATES_KEY = "duplicates";

interface WatchedProject {
  readonly project: Project;
  readonly files: ProjectFiles;
  readonly watch: ProjectWatch;
}

/**
 * Watches the `dags/` folders of projects, reads new and changed files in child processes, and publishes what they describe.
 * `start` resolves when all folders are watched and the files found are queued for reading.
 * @example
 * const processor = createDagProcessor({ projects: [{ name: "sales", dir: "/srv/sales" }], store: store.dags, clock: systemClock, logger });
 * await processor.start();
 */
export function createDagProcessor(options: DagProcessorOptions): DagProcessor {
  return new WatchingDagProcessor(options);
}

class WatchingDagProcessor implements DagProcessor {
  readonly name = "dag_processor";
  readonly #options: DagProcessorOptions;
  readonly #settings: DagProcessorSettings;
  readonly #queue: WorkQueue<Work>;
  readonly #progress: ScanProgress;
  #reader: DagFileReader | undefined;
  #projects: readonly WatchedProject[] = [];
  #cancelTimers = new Map<string, () => void>();
  #isStopped = false;

  constructor(options: DagProcessorOptions) {
    this.#options = options;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.#queue = new WorkQueue({
      clock: options.clock,
      random: options.random ?? Math.random,
      parallelism: this.#settings.parallelism,
      run: (works) => this.#run(works),
      batchOf: (work) => (work.kind === "file" && work.occasion === "scan" && !work.isAlone ? work.project : undefined),
      batchSize: () => Math.min(this.#reader?.filesAtOnce ?? 1, this.#settings.filesPerProcess),
      merge: mergeWork,
      onFailure: ([work, ...others], error, retryInMs) =>
        options.logger.error("a DAG file could not be read, and is tried again", {
          ...(work?.kind === "file" ? { project: work.project.project.name, file: work.relativePath, others: others.length } : {}),
          retryInMs: Math.round(retryInMs),
          error,
        }),
    });
    this.#progress = new ScanProgress(options);
  }

  async start(): Promise<void> {
    const reader = createDagFileReader(this.#options);
    this.#reader = reader;
    this.#projects = this.#options.projects.map((project) => this.#watchProject(project, reader));
    this.#repeat("heartbeat", this.#settings.heartbeatIntervalMs, async () => this.#options.heartbeat?.());
    for (const { files, watch } of this.#projects) {
      await files.load();
      await watch.scan("all");
    }
    this.#repeat("rescan", this.#settings.rescanIntervalMs, async () => {
      for (const { watch } of this.#projects) await watch.scan("all");
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#cancelTimers.values()) cancel();
    for (const { watch } of this.#projects) watch.close();
    const stopped = this.#queue.stop();
    await this.#reader?.close();
    await stopped;
  }

  whenIdle(): Promise<void> {
    return this.#queue.whenIdle();
  }

  #watchProject(project: Project, reader: DagFileReader): WatchedProject {
    const { store, logger, clock } = this.#options;
    // In the background, after all files that wait already, and once for all of them.
    const onIdsFreed = (): void => this.#queue.add(DUPLICATES_KEY, { kind: "duplicates" }, "background");
    const files = new ProjectFiles({ project, reader, store, logger, onIdsFreed });
    const watched: WatchedProject = {
      project,
      files,
      watch: new ProjectWatch({
        projectDir: project.dir,
        files,
        clock,
        logger,
        settleMs: this.#settings.settleMs,
        request: (relativePath, occasion) => this.#request(watched, relativePath, occasion),
      }),
    };
    return watched;
  }

  #request(project: WatchedProject, relativePath: string, occasion: Occasion, isAlone = false): void {
    const urgency = occasion === "change" ? "urgent" : "background";
    // starts while the file is compiled, if the one that stood ready has gone
    if (occasion === "change") this.#reader?.warmUp(project.project);
    this.#queue.add(`${project.project.name}:${relativePath}`, { kind: "file", project, relativePath, occasion, isAlone }, urgency);
  }

  async #readDuplicatesAgain(): Promise<void> {
    for (const { code, bundleName, relativePath } of await this.#options.store.listImportErrors()) {
      const project = this.#projects.find((watched) => watched.project.name === bundleName);
      if (code !== "dag_duplicate_id" || project === undefined) continue;
      project.files.readAgain(relativePath);
      this.#request(project, relativePath, "change");
    }
  }

  async #run(works: readonly Work[]): Promise<void> {
    const files = works.filter((work) => work.kind === "file");
    const [first] = files;
    if (first === undefined) return this.#readDuplicatesAgain();
    if (files.length > 1) return this.#refreshMany(first.project, files);
    await this.#refresh(first);
  }

  async #refresh({ project, relativePath, occasion }: FileWork): Promise<void> {
    await project.files.refresh(relativePath, occasion);
    this.#askTimetablesAgain(project, relativePath);
    if (project.watch.watchFolders().length === 0) return;
    // what changed in a folder between the reading and the watching was heard of by nobody
    project.files.suspectReads(relativePath);
    await project.files.refresh(relativePath, "change");
  }

  async #refreshMany(project: WatchedProject, works: readonly FileWork[]): Promise<void> {
    const { readCount, alone } = await project.files.refreshMany(works.map(({ relativePath }) => relativePath));
    for (const relativePath of alone) this.#request(project, relativePath, "scan", true);
    for (const { relativePath } of works) this.#askTimetablesAgain(project, relativePath);
    const unheard = project.files.concernedBy(project.watch.watchFolders(), works);
    for (const relativePath of unheard) {
      project.files.suspectReads(relativePath);
      this.#request(project, relativePath, "change");
    }
    const left = this.#queue.pendingCount - works.length;
    this.#progress.add(readCount, left);
    if (left === 0) this.#reader?.warmUp(project.project);
  }

  /** Timetables of authors are asked again when half of what they listed has passed. */
  #askTimetablesAgain(project: WatchedProject, relativePath: string): void {
    const name = `timetables of ${project.project.name}:${relativePath}`;
    this.#cancelTimers.get(name)?.();
    this.#cancelTimers.delete(name);
    const until = project.files.horizonOf(relativePath);
    if (until === undefined || this.#isStopped) return;
    const delayMs = Math.max((until - this.#options.clock.now()) / 2, SHORTEST_HORIZON_MS);
    const cancel = this.#options.clock.schedule(Math.min(delayMs, LONGEST_HORIZON_MS), () => {
      project.files.readAgain(relativePath);
      this.#request(project, relativePath, "scan");
    });
    this.#cancelTimers.set(name, cancel);
  }

  /** Calls `work` at intervals, counted from the end of one call to the begin of the next. */
  #repeat(name: string, intervalMs: number, work: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.#options.logger.error(`the DAG processor's ${name} failed, and is tried again`, { error, retryInMs: intervalMs });
      }
      if (!this.#isStopped) this.#repeat(name, intervalMs, work);
    };
    this.#cancelTimers.set(
      name,
      this.#options.clock.schedule(intervalMs, () => void run()),
    );
  }
}
