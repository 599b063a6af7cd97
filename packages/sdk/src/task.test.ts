import { describe, expect, test } from "vitest";
import { bash, chain, dag, type DagDefinition, operator, sql, task, type TaskHandle } from "./index.ts";

const extract = task({ id: "extract", retries: 2, retryDelay: "30s" }, async () => ({ path: "x.csv", rows: 3 }));
const summarise = task(
  "summarise",
  async (input: { file: { path: string; rows: number }; factor: number }) => input.file.rows * input.factor,
);
const double = task("double", ({ rows }: { rows: number }) => rows * 2);
const dated = task("dated", () => ({ at: new Date(0), tags: ["a"] }));

function specOf(definition: DagDefinition, taskId: string) {
  return definition.spec.tasks.find((each) => each.taskId === taskId);
}

describe("wiring of tasks", () => {
  test("A1: an output given as an input makes the dependency and keeps the constant beside it", () => {
    const { spec } = dag("a", () => {
      summarise({ file: extract(), factor: 2 });
    });
    expect(spec.tasks.map((each) => each.taskId)).toEqual(["extract", "summarise"]);
    expect(spec.tasks[1]).toMatchObject({
      upstream: ["extract"],
      inputs: { file: { kind: "output", taskId: "extract" }, factor: { kind: "constant", value: 2 } },
    });
  });

  test("one property of an output, also deep, becomes a path", () => {
    const definition = dag("a", () => {
      const first = dated();
      double({ rows: extract().get("rows") });
      operator<void, { tag: string }>({
        name: "x",
        options: { id: "tag" },
        inputs: { tag: first.get("tags").get(0) },
        execute: () => undefined,
      });
    });
    expect(specOf(definition, "double")?.inputs).toEqual({ rows: { kind: "output", taskId: "extract", path: ["rows"] } });
    expect(specOf(definition, "tag")?.inputs).toEqual({ tag: { kind: "output", taskId: "dated", path: ["tags", "0"] } });
  });

  test("explicit order: chain with lists, before and after", () => {
    const definition = dag("a", () => {
      const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((id) => bash({ id, command: "true" })) as [
        TaskHandle,
        TaskHandle,
        TaskHandle,
        TaskHandle,
        TaskHandle,
      ];
      chain(a, [b, c], d);
      d.before(e);
      e.after(a);
    });
    expect(definition.spec.tasks.map(({ taskId, upstream }) => [taskId, upstream])).toEqual([
      ["a", []],
      ["b", ["a"]],
      ["c", ["a"]],
      ["d", ["b", "c"]],
      ["e", ["a", "d"]],
    ]);
  });

  test("chain pairs two lists as Airflow does, and refuses lists of different length", () => {
    const make = (id: string) => bash({ id, command: "true" });
    const definition = dag("a", () => chain([make("a"), make("b")], [make("c"), make("d")]));
    expect(specOf(definition, "d")?.upstream).toEqual(["b"]);
    expect(() => dag("b", () => chain([make("a"), make("b")], [make("c")]))).toThrow(/list of 2 tasks is followed by one of 1/);
  });

  test("outputs reach bash variables and SQL parameters", () => {
    const definition = dag("a", () => {
      const file = extract();
      bash({ id: "count", command: 'wc -l "$FILE"', env: { FILE: file.get("path"), LIMIT: 5 } });
      sql({
        id: "insert",
        connection: "df",
        statement: "insert into t values ($1, $2)",
        parameters: [file.get("rows"), "x"],
        result: "none",
      });
    });
    expect(specOf(definition, "count")).toMatchObject({ upstream: ["extract"], inputs: { FILE: { path: ["path"] } } });
    expect(definition.tasks.get("count")?.fields).toEqual({ command: 'wc -l "$FILE"', env: { LIMIT: 5 } });
    expect(specOf(definition, "insert")).toMatchObject({ upstream: ["extract"], inputs: { $1: { path: ["rows"] }, $2: { value: "x" } } });
  });

  test("a task used twice needs another id", () => {
    expect(() => {
      dag("a", () => {
        extract();
        extract();
      });
    }).toThrow(/two tasks "extract".*extract\.with\(\{ id: "extract_2" \}\)/);
    const definition = dag("a", () => {
      extract();
      extract.with({ id: "again", retries: 5 })();
    });
    expect(specOf(definition, "again")).toMatchObject({ retries: 5, retryDelayMs: 30_000 });
  });

  test("a task that was not called, called outside, or of another DAG is refused with advice", () => {
    // @ts-expect-error a factory is no task
    expect(() => dag("a", () => chain(extract, extract()))).toThrow(/not called/);
    expect(() => extract()).toThrow(/outside of a DAG/);
    let foreign: TaskHandle<{ rows: number }> | undefined;
    dag("a", () => {
      foreign = extract();
    });
    expect(() => {
      dag("b", () => {
        if (foreign !== undefined) double({ rows: foreign.get("rows") });
      });
    }).toThrow(/belongs to another DAG/);
  });

  test("constants that JSON cannot carry are named with their path", () => {
    const take = task("take", (input: { options: { limit: number } }) => input.options.limit);
    expect(() => dag("a", () => void take({ options: { limit: Number.NaN } }))).toThrow(/task "take": input "options"\.limit is NaN/);
  });
});

describe("types: what does not fit is a compile-time error", () => {
  test("outputs, properties, constants, options", () => {
    dag("types", () => {
      const file = extract.with({ id: "f" })();
      // @ts-expect-error output of the wrong type
      summarise({ file: file.get("rows"), factor: 2 });
      // @ts-expect-error a missing input
      double.with({ id: "missing" })({});
      // @ts-expect-error no input at all
      double.with({ id: "none" })();
      // @ts-expect-error constant of the wrong type
      double.with({ id: "constant" })({ rows: "3" });
      // @ts-expect-error no such property
      file.get("lines");
      // @ts-expect-error a void output is no number
      double.with({ id: "void" })({ rows: task("nothing", () => undefined)() });
      // after JSON a Date is a string
      task("text", (input: { at: string }) => input.at)({ at: dated().get("at") });
    });
    // @ts-expect-error a Date cannot be an input
    task("when", (input: { at: Date }) => input.at.getTime());
    // @ts-expect-error no duration
    task({ id: "wait", retryDelay: "30 seconds" }, () => 1);
    // @ts-expect-error no trigger rule
    task({ id: "rule", triggerRule: "all_sucess" }, () => 1);
    // @ts-expect-error an unknown option, found at run time as well
    expect(() => task({ id: "typo", retrys: 1 }, () => 1)).toThrow(/no option "retrys"/);
  });

  test("an interface without index signature is good for inputs and outputs", () => {
    interface Row {
      readonly id: number;
      readonly name?: string;
    }
    const make = task("make", (): readonly Row[] => [{ id: 1 }]);
    const use = task("use", (input: { rows: readonly Row[] }) => input.rows.length);
    expect(dag("a", () => void use({ rows: make() })).spec.tasks).toHaveLength(2);
  });

  test("what sql gives depends on its result", () => {
    dag("types", () => {
      const city = task("city", (input: { row: { city: string } | null }) => input.row?.city ?? "");
      city({ row: sql<"first", { city: string }>({ id: "first", connection: "df", statement: "select 1", result: "first" }) });
      // @ts-expect-error all rows are no single row
      city.with({ id: "rows" })({ row: sql({ id: "all", connection: "df", statement: "select 1" }) });
    });
  });
});
