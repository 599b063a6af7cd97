import { PolyflowError } from "@polyflow/contracts";
import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { addVariableFiles } from "./secrets-files.ts";
import { withStore } from "../database/database-access.ts";
import { withSecrets } from "../secrets/command-secrets.ts";

/** `polyflow variables …` */
export function variablesCommand(host: CommandHost): Command {
  const variables = group("variables", "list, read, set and delete variables");
  does(host, withOutput(variables.command("list").description("list the variables' keys")), async (invocation) => {
    const found = await withStore(invocation, (store) => store.secrets.listVariables());
    invocation.printRows(found.map(({ key, description }) => ({ key, description })));
    return EXIT.success;
  });
  does(host, variables.command("get <key>").description("print a value"), async (invocation, key = "") => {
    const value = await withSecrets(invocation, (secrets) => secrets.variable(key));
    if (value === undefined) throw unknownVariable(key);
    invocation.print(value);
    return EXIT.success;
  });
  does(
    host,
    variables.command("set <key> <value>").description("set a value").option("--description <text>", "what it is for"),
    async (invocation, key = "", value = "") => {
      await withStore(invocation, async (store) => {
        const before = await store.secrets.getVariable(key);
        await store.secrets.saveVariable({ key, value, description: invocation.text("description") ?? before?.description ?? null });
      });
      return EXIT.success;
    },
  );
  does(host, variables.command("delete <key>").description("delete a variable"), async (invocation, key = "") => {
    if (!(await withStore(invocation, (store) => store.secrets.deleteVariable(key)))) throw unknownVariable(key);
    return EXIT.success;
  });
  addVariableFiles(host, variables);
  return variables;
}

function unknownVariable(key: string): PolyflowError {
  return new PolyflowError("variable_not_found", `There is no variable "${key}". \`polyflow variables list\` shows those that exist.`);
}
