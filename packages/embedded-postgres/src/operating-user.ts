import { execFile } from "node:child_process";
import { chown, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { PolyflowError } from "@polyflow/contracts";

/** As whom PostgreSQL runs: it refuses to run as root. */
export interface OperatingUser {
  /** Undefined: as the user of this process. */
  readonly identity: { readonly name: string; readonly uid: number; readonly gid: number } | undefined;
  /** Put before each command: switches the user where spawn's own `uid` is not enough. */
  readonly commandPrefix: readonly string[];
}

const run = promisify(execFile);

/** Root gives way to `postgres`, or `nobody` where that does not exist; everybody else runs PostgreSQL as themselves. */
export async function chooseOperatingUser(): Promise<OperatingUser> {
  if (process.getuid?.() !== 0) return { identity: undefined, commandPrefix: [] };
  for (const name of ["postgres", "nobody"]) {
    const ids = await Promise.all([numericId("-u", name), numericId("-g", name)]);
    const [uid, gid] = ids;
    if (uid !== undefined && gid !== undefined) return { identity: { name, uid, gid }, commandPrefix: [] };
  }
  throw new PolyflowError(
    "embedded_postgres_failed",
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody". Create one, or start Polyflow as an ordinary user.',
  );
}

async function numericId(option: "-u" | "-g", name: string): Promise<number | undefined> {
  const answer = await run("id", [option, name]).catch(() => undefined);
  return answer === undefined ? undefined : Number(answer.stdout.trim());
}

/**
 * Makes sure that the user can get to all of `paths`. Where a folder above them is closed to it (a checkout under /root), PostgreSQL is
 * started through setpriv with the one capability that lets it pass (and write nothing it could not write before).
 * @throws PolyflowError `embedded_postgres_failed` when that is not to be had, naming the folder and the remedy.
 */
export async function reachThrough(user: OperatingUser, paths: readonly string[]): Promise<OperatingUser> {
  const identity = user.identity;
  if (identity === undefined) return user;
  const closed = (await Promise.all(paths.map((path) => closedFolderAbove(path, identity)))).find((folder) => folder !== undefined);
  if (closed === undefined) return user;
  // Without no_setuid_fixup, access(2), which PostgreSQL asks about its own programs, would not count the capability.
  const capability = ["--securebits", "+no_setuid_fixup", "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"];
  const commandPrefix = ["setpriv", "--reuid", `${identity.uid}`, "--regid", `${identity.gid}`, "--clear-groups", ...capability, "--"];
  const probe = [...commandPrefix.slice(1), "test", "-x", closed];
  await run("setpriv", probe).catch((error: unknown) => {
    throw new PolyflowError(
      "embedded_postgres_failed",
      `The embedded PostgreSQL runs as user "${identity.name}", who may not pass through "${closed}". ` +
        `Run \`chmod o+x ${closed}\`, put --home (and the checkout) somewhere else, or start Polyflow as an ordinary user.`,
      { cause: error },
    );
  });
  return { identity, commandPrefix };
}

async function closedFolderAbove(path: string, identity: { readonly uid: number; readonly gid: number }): Promise<string | undefined> {
  let folder = dirname(resolve(path));
  for (;;) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === identity.uid ? 0o100 : gid === identity.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
}

/** Gives a file or folder to the user PostgreSQL runs as. */
export async function giveTo(user: OperatingUser, path: string): Promise<void> {
  if (user.identity !== undefined) await chown(path, user.identity.uid, user.identity.gid);
}

/** The program, arguments and ids for spawn, so that it runs as that user. */
export function commandAs(user: OperatingUser, program: string, args: readonly string[]): AsUser {
  const [prefix, ...prefixArgs] = user.commandPrefix;
  if (prefix !== undefined) return { program: prefix, args: [...prefixArgs, program, ...args], ids: {} };
  const ids = user.identity === undefined ? {} : { uid: user.identity.uid, gid: user.identity.gid };
  return { program, args, ids };
}

export interface AsUser {
  readonly program: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
}
