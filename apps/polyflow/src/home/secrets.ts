import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HomeFolder } from "./home-folder.ts";

const RANDOM_BYTES = 32;

/** Secrets of an installation that nobody has to choose: made at first use, kept in files that only the owner reads. */
export type SecretName = "fernet-key" | "session-secret" | "worker-key" | "warehouse-password";

/** Reads a secret of the home folder; makes it when it is not there. Two processes at once get the same one. */
export async function homeSecret(home: HomeFolder, name: SecretName): Promise<string> {
  const file = join(home.secretsDir, name);
  const found = await readSecret(file);
  if (found !== undefined) return found;
  const own = `${file}.${process.pid}`;
  await mkdir(home.secretsDir, { recursive: true, mode: 0o700 });
  await writeFile(own, `${randomSecret(name)}\n`, { mode: 0o600 });
  try {
    await link(own, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(own, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}

/** A Fernet key is base64url of 32 bytes with its padding; the others may look alike. */
function randomSecret(name: SecretName): string {
  const secret = randomBytes(RANDOM_BYTES).toString("base64url");
  return name === "fernet-key" ? `${secret}=` : secret;
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
