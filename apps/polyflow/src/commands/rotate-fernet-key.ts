import { writeFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { fernetKeys, withStore } from "../database/database-access.ts";
import { lockHolder } from "../home/home-lock.ts";
import type { HomeFolder } from "../home/home-folder.ts";

/** `polyflow rotate-fernet-key` */
export function rotateFernetKeyCommand(host: CommandHost): Command {
  const command = withOutput(group("rotate-fernet-key", "encrypt all connections and variables anew with the first key"));
  return does(host, command, rotate);
}

async function rotate(invocation: Invocation): Promise<number> {
  const { values: configuration } = invocation.configuration();
  const home = invocation.home();
  if (configuration.core.fernet_key !== "") {
    const done = await withStore(invocation, (store) => store.secrets.encryptAnew());
    invocation.printObject({ ...done });
    invocation.note("All is encrypted with the first key of [core] fernet_key; the others can be taken out.");
    return EXIT.success;
  }
  if ((await lockHolder(home)) !== undefined) {
    throw new PolyflowError("home_in_use", `Polyflow runs on "${home.dir}" and knows the old key alone. Stop it first.`);
  }
  const { generateFernetKey } = await import("@polyflow/store-postgres");
  const former = await fernetKeys(home, configuration);
  const key = generateFernetKey();
  // Both keys stand in the file until all is encrypted with the new one: whatever breaks off in between can be read.
  await writeKeys(home, [key, ...former]);
  const done = await withStore(invocation, (store) => store.secrets.encryptAnew());
  await writeKeys(home, [key]);
  invocation.printObject({ ...done });
  invocation.note(`All is encrypted with a new key, kept in ${join(home.secretsDir, "fernet-key")}. Backups made before need the old one.`);
  return EXIT.success;
}

async function writeKeys(home: HomeFolder, keys: readonly string[]): Promise<void> {
  const file = join(home.secretsDir, "fernet-key");
  const own = `${file}.${process.pid}`;
  await writeFile(own, `${keys.join(",")}\n`, { mode: 0o600, flush: true });
  await rename(own, file);
}
