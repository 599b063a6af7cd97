import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { Clock } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import { ADMINISTRATOR, randomPassword } from "../commands/users.ts";
import type { HomeFolder } from "../home/home-folder.ts";
import { readLocalToken } from "../home/server-file.ts";

/** Acts for the command line of the machine; nobody knows its password. */
const LOCAL_USER = "local-cli";
/** A token is replaced at each start and ended at each stop; this only bounds one that a killed process left behind. */
const TOKEN_LIFETIME_MS = 365 * 86_400_000;

/** Hashes a password as the server checks it. */
export type HashPassword = (password: string) => Promise<string>;

/**
 * Creates the administrator of a fresh installation, with a password that is kept in a file of the home for its first sign-in.
 * @returns the password when the user was made just now.
 */
export async function createAdministrator(home: HomeFolder, store: Store, hashPassword: HashPassword): Promise<string | undefined> {
  if ((await store.identity.countUsers()) > 0) return undefined;
  const password = randomPassword();
  await writeFile(home.adminPasswordFile, `${password}\n`, { mode: 0o600 });
  await createAdmin(store, { username: ADMINISTRATOR, firstName: "Administrator", passwordHash: await hashPassword(password) });
  return password;
}

/** Opens a session for the command line of this machine, in place of the one of the last start. */
export async function openLocalSession(
  home: HomeFolder,
  store: Store,
  tools: { readonly clock: Clock; readonly hashPassword: HashPassword },
): Promise<string> {
  const left = await readLocalToken(home);
  if (left !== undefined) await store.identity.deleteSession(tokenHash(left));
  const user =
    (await store.identity.findUser(LOCAL_USER)) ??
    (await createAdmin(store, {
      username: LOCAL_USER,
      firstName: "Command line",
      passwordHash: await tools.hashPassword(randomPassword()),
    }));
  const token = randomBytes(32).toString("base64url");
  const expiresAt = new Date(tools.clock.now() + TOKEN_LIFETIME_MS);
  await store.identity.createSession({ tokenHash: tokenHash(token), userId: user.userId, kind: "token", expiresAt });
  return token;
}

export async function closeLocalSession(store: Store, token: string): Promise<void> {
  await store.identity.deleteSession(tokenHash(token));
}

/** Whether the administrator's first password is still kept in the home. */
export async function isFirstPasswordKept(home: HomeFolder): Promise<boolean> {
  return readFile(home.adminPasswordFile, "utf8").then(
    () => true,
    () => false,
  );
}

async function createAdmin(store: Store, user: { readonly username: string; readonly firstName: string; readonly passwordHash: string }) {
  return store.identity.createUser({ ...user, lastName: "", email: "", roles: ["Admin"] });
}

function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
