import { describe, expect, test } from "vitest";
import {
  assetSensor,
  bash,
  branch,
  checkOptions,
  dag,
  externalTaskSensor,
  fileSensor,
  python,
  shortCircuit,
  sql,
  sqlSensor,
  task,
  triggerDag,
} from "./index.ts";

const mistaken = (options: object): never => ({ id: "t", ...options }) as never;

describe("A4, A5: options that types would refuse are import errors, with the task, the option and what it has to be", () => {
  test.each<[string, () => unknown, string]>([
    ["bash without a command", () => bash(mistaken({})), "command is missing: it has to be a text or a function."],
    ["bash with a number", () => bash(mistaken({ command: 5 })), "command: 5 is not a text or a function."],
    [
      "sql with a typo",
      () => sql(mistaken({ connection: "df", statment: "x" })),
      'there is no option "statment". Options: connection, statement,',
    ],
    ["sql without a statement", () => sql(mistaken({ connection: "df" })), "statement is missing: it has to be a text or a function."],
    ["sql without a connection", () => sql(mistaken({ script: "x" })), "connection is missing: it has to be a text."],
    ["sql with one text", () => sql(mistaken({ connection: "df", statements: "x; y" })), 'statements: "x; y" is not a list.'],
    ["sql with names", () => sql(mistaken({ connection: "df", statement: "x", parameters: { a: 1 } })), "is not a list."],
    [
      "sql's result",
      () => sql(mistaken({ connection: "df", statement: "x", result: "last" })),
      'result: "last" is not one of "rows", "first", "none".',
    ],
    ["python's arguments", () => python(mistaken({ file: "x.py", arguments: 5 })), "arguments: 5 is not an object."],
    ["a DAG that is a number", () => triggerDag(mistaken({ dagId: 5 })), "dagId: 5 is not a text."],
    ["no DAG to wait for", () => externalTaskSensor(mistaken({})), "dagId: a value of type undefined is no text."],
    ["a state that is none", () => externalTaskSensor(mistaken({ dagId: "x", failedStates: ["borken"] })), 'a state: "borken" is none of'],
    ["sqlSensor without a statement", () => sqlSensor(mistaken({ connection: "c" })), "statement is missing"],
    ["fileSensor without a path", () => fileSensor(mistaken({})), "path is missing"],
    ["assetSensor without an asset", () => assetSensor(mistaken({})), "asset is missing"],
    ["a branch without a function", () => branch("t", "left" as never), "has no function that decides"],
    ["a short-circuit without a function", () => shortCircuit("t", true as never), "has no function that decides"],
    ["a map over nothing", () => task("t", (input: { a: number }) => input.a).expand({} as never), "over what is it mapped?"],
  ])("%s", (_what, describeTask, message) => {
    const described = (): unknown => dag("d", () => void describeTask());
    expect(described).toThrow('task "t"');
    expect(described).toThrow(message);
  });

  test("operators of one's own check theirs: what has a default, what may be left out, what sensors take besides", () => {
    const checked = (rest: object, given: unknown) => () =>
      checkOptions(mistaken(rest), { size: [given, "count", "optional"], where: ["x", "file place"] }, ["mode"]);
    expect(checked({ mode: "poke" }, undefined)).not.toThrow();
    expect(checked({}, 3)).not.toThrow();
    expect(checked({}, 3.5)).toThrow('task "t": size: 3.5 is not a whole number from 0 on.');
    expect(checked({ url: "x" }, 3)).toThrow(/there is no option "url"\. Options: size, where, id, .*, mode\./);
  });
});
