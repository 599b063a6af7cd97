import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { readFlow } from "@polyflow/metadata-model";
import { openLocalFile } from "../extract/source-file.ts";
import { previewSource } from "../preview/preview-source.ts";
import { TestWarehouse } from "../test-warehouse.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const TIMEOUT = { timeout: 60_000 };

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(() => warehouse.remove());

async function preview(name: string, options: { readonly projectDir?: string }): Promise<readonly object[]> {
  const { source } = await readFlow(warehouse.projectDir, name);
  const file = await openLocalFile(`${warehouse.projectDir}/source/${name}.csv`);
  try {
    return (await previewSource(file, source, options)).records;
  } finally {
    await file.close();
  }
}

function describeSales(name: string, more: { readonly transform?: string; readonly rule?: string }): void {
  const transform = more.transform === undefined ? "" : `transform: ${more.transform}\n`;
  const quality =
    more.rule === undefined
      ? ""
      : `    quality: [{id: own, type: custom, engine: polyflow, implementation: {rule: callable, name: ${more.rule}}, mustBeLessThan: 3}]\n`;
  warehouse.describe(name, {
    source: `path: ${name}.csv\nformat: csv\n${transform}schema: {fields: [{name: id, type: integer}, {name: phone, type: string}]}\n`,
    properties: "      - {name: id, logicalType: integer, primaryKey: true}\n      - {name: phone, logicalType: string}",
    load: "{mode: merge}",
    quality,
  });
  warehouse.write(`source/${name}.csv`, 'id,phone\n1,"8 (495) 1"\n2,\n3,drop\n4,refuse\n');
}

const PYTHON = `
import re

def clean(records):
    print("this must not get into the answer")
    for record in records:
        if record["phone"] == "drop":
            continue
        if record["phone"] == "refuse":
            yield {**record, "_reject": "нет номера"}
        else:
            phone = record["phone"]
            yield {**record, "phone": None if phone is None else re.sub(r"\\\\D", "", phone)}
            if record["id"] == "1":
                yield {"id": 11, "phone": "двойник"}
`.replaceAll("\\\\", "\\");

const TYPESCRIPT = `
export const clean = (records: readonly { id: string; phone: string | null }[]) =>
  records.flatMap((record) => {
    if (record.phone === "drop") return [];
    if (record.phone === "refuse") return [{ ...record, _reject: "нет номера" }];
    const cleaned = { ...record, phone: record.phone?.replaceAll(/\\D/g, "") ?? null };
    return record.id === "1" ? [cleaned, { id: 11, phone: "двойник" }] : [cleaned];
  });
`;

describe.for([
  ["TypeScript", "ts", TYPESCRIPT],
  ["Python", "py", PYTHON],
] as const)("B9: batch functions in %s", ([language, ending, code]) => {
  test.skipIf(language === "Python" && !hasPython)(
    "change, drop, add and refuse records before the cast (skipped: needs python3)",
    TIMEOUT,
    async () => {
      const name = `sales_${ending}`;
      const own = `clean_${ending}`;
      describeSales(name, { transform: own });
      warehouse.write(`metadata/functions/${own}.${ending}`, code.replaceAll("clean =", `${own} =`).replaceAll("def clean", `def ${own}`));
      const { report, failure } = await warehouse.load(name);
      expect(failure).toBeUndefined();
      expect(report.rows).toMatchObject({ read: 4, loaded: 3, rejected: 1 });
      expect(await warehouse.rows(`select id::int, phone from t.${name} order by id`)).toEqual([
        [1, "84951"],
        [2, null],
        [11, "двойник"],
      ]);
      expect(report.rejects).toMatchObject([{ column: "*", reason: "нет номера" }]);
      expect((await warehouse.load(name)).report.status).toBe("repeated");
      if (ending === "ts") return; // the test runner keeps modules that Node would import anew
      warehouse.write(`metadata/functions/${own}.py`, `def ${own}(records):\n    return records[:1]\n`);
      expect((await warehouse.load(name)).report).toMatchObject({ status: "loaded", rows: { read: 1, updated: 1 } });
      expect(await preview(name, { projectDir: warehouse.projectDir })).toMatchObject([{ row: 1, values: ["1", "8 (495) 1"] }]);
      expect(await preview(name, {})).toHaveLength(4);
    },
  );

  test.skipIf(language === "Python" && !hasPython)(
    "what goes wrong in one leaves the table as it was (skipped: needs python3)",
    TIMEOUT,
    async () => {
      const cases: readonly (readonly [name: string, python: string, typescript: string, said: string])[] = [
        ["raises", "return 1 / 0", "throw new Error('ZeroDivisionError');", "ZeroDivisionError"],
        [
          "adds",
          'return [{"id": 1, "phones": "x"}]',
          'return [{ id: 1, phones: "x" }];',
          'the field "phones", which the source does not declare',
        ],
        ["counts", "return [7]", "return [7];", "returned 7 as a record"],
        ["ends", "import os; os._exit(3)", "", ending === "py" ? "Python ended before it replied" : "returned nothing"],
      ];
      for (const [verb, python, typescript, said] of cases) {
        const name = `broken_${verb}_${ending}`;
        describeSales(name, { transform: name });
        const code =
          ending === "py" ? `def ${name}(records):\n    ${python}\n` : `export const ${name} = (records: object[]) => { ${typescript} };\n`;
        warehouse.write(`metadata/functions/${name}.${ending}`, code);
        expect((await warehouse.load(name)).failure).toMatchObject({ code: "load_failed", message: expect.stringContaining(said) });
      }
      expect(await warehouse.rows("select count(*)::int from df.load_ledger where status = 'loaded' and flow like 'broken%'")).toEqual([
        [0],
      ]);
    },
  );
});

test("B9: a function that is not there is named with the places for it", async () => {
  describeSales("lonely", { transform: "not_there" });
  expect((await warehouse.load("lonely")).failure?.message).toMatch(/"not_there" is not there.*not_there\.ts or .*not_there\.py/);
});

describe("B6: callable rules", () => {
  const rules: readonly (readonly [string, string, string])[] = [
    [
      "TypeScript",
      "ts",
      "export const count_ts = async ({ query, table }) => Number((await query(`select count(*) as n from ${table} where id > $1`, [1]))[0].n);\n",
    ],
    [
      "Python",
      "py",
      'from decimal import Decimal\n\ndef count_py(subject):\n    rows = subject.query("select count(*) as n from " + subject.table + " where id > $1", [1])\n    return Decimal(rows[0]["n"])\n',
    ],
  ];

  test.for(rules)(
    "in %s ask the table in the transaction of the load (skipped: needs python3)",
    TIMEOUT,
    async ([language, ending, code], { skip }) => {
      if (language === "Python" && !hasPython) skip();
      const name = `ruled_${ending}`;
      describeSales(name, { rule: `count_${ending}` });
      warehouse.write(`metadata/rules/count_${ending}.${ending}`, code);
      const { failure } = await warehouse.load(name);
      expect(failure).toMatchObject({ code: "quality_rule_failed", message: expect.stringContaining("is 3") });
      warehouse.write(`source/${name}.csv`, "id,phone\n1,a\n2,b\n");
      expect((await warehouse.load(name)).report.rules).toMatchObject([{ name: "own", status: "passed", actual: 1 }]);
    },
  );

  test.skipIf(!hasPython)(
    "in Python: a wrong statement is an exception there, a wrong answer fails the rule (skipped: needs python3)",
    TIMEOUT,
    async () => {
      describeSales("caught", { rule: "caught" });
      warehouse.write(
        "metadata/rules/caught.py",
        'def caught(subject):\n    try:\n        subject.query("select nothing")\n    except RuntimeError as error:\n        return str(error)\n',
      );
      expect((await warehouse.load("caught")).failure?.message).toContain('column \\"nothing\\" does not exist');
    },
  );
});
