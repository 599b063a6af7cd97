import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { withDatabaseUrl } from "../database/database-access.ts";

/** `polyflow db …` */
export function dbCommand(host: CommandHost): Command {
  const db = group("db", "prepare and check the metadata database");
  does(host, withOutput(db.command("migrate").description("bring the database up to this version")), async (invocation) => {
    const { migrate } = await import("@polyflow/store-postgres");
    const { applied } = await withDatabaseUrl(invocation, (url) => migrate({ url, logger: invocation.logger() }));
    invocation.printObject({ applied });
    return EXIT.success;
  });
  does(host, withOutput(db.command("check").description("say what is missing; exit code 1 when something is")), async (invocation) => {
    const { checkMigrations } = await import("@polyflow/store-postgres");
    const { applied, pending } = await withDatabaseUrl(invocation, (url) => checkMigrations(url));
    invocation.printObject({ applied: applied.length, pending });
    return pending.length === 0 ? EXIT.success : EXIT.failed;
  });
  return db;
}
