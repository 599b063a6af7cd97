import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import type { RuleCallable, RuleCallables } from "./rule-context.ts";

const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Finds the functions of callable rules in the project: `metadata/rules/<name>.ts` exports `<name>`. The name comes from the entity's
 * YAML, which is as much the project's own as the function is; nothing outside of that folder can be named.
 */
export function projectCallables(projectDir: string): RuleCallables {
  return async (name) => {
    const file = join(projectDir, "metadata", "rules", `${name}.ts`);
    if (!NAME.test(name) || !existsSync(file)) {
      throw new PolyflowError(
        "metadata_invalid",
        `The callable rule "${name}" is not there: write it in ${file}, exported as \`${name}\`.`,
      );
    }
    const module: unknown = await import(pathToFileURL(file).href);
    const found: unknown = typeof module === "object" && module !== null ? Reflect.get(module, name) : undefined;
    if (isCallable(found)) return found;
    throw new PolyflowError("metadata_invalid", `${file} does not export a function \`${name}\`.`);
  };
}

function isCallable(value: unknown): value is RuleCallable {
  return typeof value === "function";
}
