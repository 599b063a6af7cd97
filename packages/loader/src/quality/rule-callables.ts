import { functionFile, importFunction } from "../functions/project-function.ts";
import { PythonFunction } from "../functions/python-function.ts";
import type { RuleCallable, RuleCallables } from "./rule-context.ts";

/**
 * Finds the functions of callable rules in the project: `metadata/rules/<name>.ts` exports `<name>`, or `metadata/rules/<name>.py` has a
 * function of that name.
 */
export function projectCallables(projectDir: string): RuleCallables {
  return async (name) => {
    const file = functionFile(projectDir, "rules", name);
    if (file.endsWith(".py")) return pythonRule({ projectDir, file, name });
    // what it takes is its author's word; what it returns is looked at
    return (await importFunction(file, name)) as RuleCallable;
  };
}

function pythonRule(place: { readonly projectDir: string; readonly file: string; readonly name: string }): RuleCallable {
  return async (subject) => {
    const python = new PythonFunction(place);
    try {
      return (await python.call({ table: subject.table, loadId: subject.loadId }, (sql, values) => subject.query(sql, values))) as number; // checked by the caller
    } finally {
      python.close();
    }
  };
}
