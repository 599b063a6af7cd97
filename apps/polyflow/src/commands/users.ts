import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { BUILT_IN_ROLES, PolyflowError } from "@polyflow/contracts";
import type { UserRecord } from "@polyflow/store";
import { type Command, Option } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import type { Row } from "../cli/output.ts";
import { withStore } from "../database/database-access.ts";

/** The user that the first start creates. */
export const ADMINISTRATOR = "admin";
const PASSWORD_BYTES = 15;

/** A password to be told to a person once. */
export function randomPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString("base64url");
}

/** `polyflow users …` */
export function usersCommand(host: CommandHost): Command {
  const users = group("users", "create and list users, reset their passwords");
  does(host, withOutput(users.command("list").description("list the users")), async (invocation) => {
    invocation.printRows((await withStore(invocation, (store) => store.identity.listUsers())).map(userRow));
    return EXIT.success;
  });
  does(
    host,
    withOutput(users.command("create <username>").description("create a user; prints a random password unless one is given"))
      .addOption(new Option("-r, --role <role>", "role").choices(BUILT_IN_ROLES).default("Viewer"))
      .option("-p, --password <password>", "password; better left out, since others may see the command line")
      .option("-f, --first-name <name>", "first name", "")
      .option("-l, --last-name <name>", "last name", "")
      .option("-e, --email <address>", "address for mail", ""),
    createUser,
  );
  does(
    host,
    withOutput(users.command("reset-password <username>").description("set a new password and end all sessions of the user")).option(
      "-p, --password <password>",
      "password; default: a random one, which is printed",
    ),
    resetPassword,
  );
  does(host, users.command("delete <username>").description("delete a user"), async (invocation, username = "") => {
    if (!(await withStore(invocation, (store) => store.identity.deleteUser(username)))) throw unknownUser(username);
    return EXIT.success;
  });
  return users;
}

async function createUser(invocation: Invocation, username = ""): Promise<number> {
  const given = invocation.text("password");
  const password = given ?? randomPassword();
  const { hashPassword } = await import("@polyflow/server");
  const passwordHash = await hashPassword(password);
  const user = await withStore(invocation, (store) =>
    store.identity.createUser({
      username,
      firstName: invocation.text("firstName") ?? "",
      lastName: invocation.text("lastName") ?? "",
      email: invocation.text("email") ?? "",
      passwordHash,
      roles: [invocation.text("role") ?? "Viewer"],
    }),
  );
  invocation.printObject({ ...userRow(user), ...(given === undefined ? { password } : {}) });
  return EXIT.success;
}

async function resetPassword(invocation: Invocation, username = ""): Promise<number> {
  const given = invocation.text("password");
  const password = given ?? randomPassword();
  const { hashPassword } = await import("@polyflow/server");
  const passwordHash = await hashPassword(password);
  await withStore(invocation, async (store) => {
    if ((await store.identity.findUser(username)) === undefined) throw unknownUser(username);
    await store.identity.setPasswordHash(username, passwordHash);
  });
  // The password that is kept there is the administrator's first one.
  if (username === ADMINISTRATOR) await rm(invocation.home().adminPasswordFile, { force: true });
  invocation.printObject({ username, ...(given === undefined ? { password } : {}) });
  return EXIT.success;
}

function unknownUser(username: string): PolyflowError {
  return new PolyflowError("not_found", `There is no user "${username}". \`polyflow users list\` shows those that exist.`);
}

function userRow(user: UserRecord): Row {
  return {
    username: user.username,
    roles: user.roles,
    is_active: user.isActive,
    name: `${user.firstName} ${user.lastName}`.trim(),
    email: user.email,
    last_login: user.lastLogin?.toISOString() ?? null,
  };
}
