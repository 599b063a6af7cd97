import { renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { HomeFolder } from "./home-folder.ts";

/** Where the server of a home answers. */
const serverFile = z.object({ url: z.string(), pid: z.number().int() });
export type ServerFile = z.infer<typeof serverFile>;

/**
 * Writes the server's address and the command line's token; a reader never sees half of a file. At once, without letting anything happen
 * meanwhile: whoever gets an answer of the server finds it here.
 */
export function writeServerFiles(home: HomeFolder, server: ServerFile, token: string): void {
  writeWhole(home.tokenFile, `${token}\n`);
  writeWhole(home.serverFile, `${JSON.stringify(server)}\n`);
}

export async function readServerFile(home: HomeFolder): Promise<ServerFile | undefined> {
  const text = await readFile(home.serverFile, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const content = serverFile.safeParse(JSON.parse(text));
  return content.success ? content.data : undefined;
}

export async function readLocalToken(home: HomeFolder): Promise<string | undefined> {
  const text = await readFile(home.tokenFile, "utf8").catch(() => undefined);
  return text?.trim();
}

function writeWhole(file: string, text: string): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, text, { mode: 0o600 });
  renameSync(own, file);
}
