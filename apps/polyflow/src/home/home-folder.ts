import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Everything that Polyflow writes is in one folder. */
export interface HomeFolder {
  readonly dir: string;
  readonly postgresDir: string;
  readonly logDir: string;
  readonly cacheDir: string;
  readonly secretsDir: string;
  /** Facts of the running process: lock, address, token of the command line. */
  readonly runDir: string;
  readonly projectsDir: string;
  readonly lockFile: string;
  readonly serverFile: string;
  readonly tokenFile: string;
  readonly adminPasswordFile: string;
}

export function homeFolder(dir: string): HomeFolder {
  const runDir = join(dir, "run");
  return {
    dir,
    postgresDir: join(dir, "postgres"),
    logDir: join(dir, "logs"),
    cacheDir: join(dir, "cache"),
    secretsDir: join(dir, "secrets"),
    runDir,
    projectsDir: join(dir, "projects"),
    lockFile: join(runDir, "lock.json"),
    serverFile: join(runDir, "server.json"),
    tokenFile: join(runDir, "cli-token"),
    adminPasswordFile: join(dir, "admin-password.txt"),
  };
}

/**
 * Makes the folders, closed to everybody else. Under root the home itself may be passed through (not listed), because PostgreSQL then
 * runs as another user and its folder is below.
 */
export async function prepareHome(home: HomeFolder): Promise<void> {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  await mkdir(home.dir, { recursive: true, mode });
  await chmod(home.dir, mode);
  for (const dir of [home.logDir, home.cacheDir, home.secretsDir, home.runDir, home.projectsDir])
    await mkdir(dir, { recursive: true, mode: 0o700 });
}
