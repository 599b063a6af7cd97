import { array, assert, asyncProperty, constantFrom, integer, tuple } from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestWarehouse } from "./test-warehouse.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

const TIMEOUT_MS = 120_000;

/** Name, field, property, cells that are good and some that are not, or are good for one reader only. */
const COLUMNS = [
  [
    "i",
    "type: integer, constraints: {minimum: 0}",
    "logicalType: integer, physicalType: integer",
    ["1", "007", "", '""', "-1", "1-2", "1.7", "99999999999", " 5", "1e3", "NA"],
  ],
  [
    "n",
    "type: number",
    'logicalType: number, physicalType: "numeric(6,2)"',
    ["1.5", "-2", ".5", "1e2", "12345.00", "1.2.3", "NaN", "1,5", "5."],
  ],
  ["d", "type: date", "logicalType: date", ["2024-02-29", "2023-02-29", "0000-01-01", "29.02.2024", "Jan 5 2024", "2024-2-9", "", "today"]],
  [
    "e",
    'type: date, format: "%d.%m.%Y"',
    "logicalType: date",
    ["31.12.2024", "01.02.2024", "1.2.2024", "31.02.2024", "12.31.2024", "2024-12-31", "31.12.24"],
  ],
  [
    "t",
    "type: datetime",
    "logicalType: timestamp",
    ["2024-12-31T23:59:59", "2024-12-31 23:59", "2024-12-31T24:00:00", "2024-12-31T25:00:00", "2024-12-31", "now"],
  ],
  ["b", "type: boolean", "logicalType: boolean", ["true", "false", "1", "0", "True", "yes", "t", "2", "", "off"]],
  ["r", "type: boolean, trueValues: [Да], falseValues: [Нет]", "logicalType: boolean", ["Да", "Нет", "да", "true", ""]],
  [
    "s",
    "missingValues: ['', н/д], constraints: {maxLength: 4}",
    "logicalType: string",
    ["abc", "н/д", '"н/д"', '""', "", "abcde", "ёлки", "ёлкин"],
  ],
  ["v", "constraints: {required: true}", 'logicalType: string, physicalType: "varchar(3)"', ["abc", "", '""', "abcd", "ab  ", "a  b"]],
  ["p", "constraints: {pattern: '[a-z]+'}", "logicalType: string", ["abc", "a1", ""]],
] as const;

/** The decimal comma of `z` makes a source that can only be staged as text. */
function describeFlow(name: string, isPlain: boolean): void {
  const fields = COLUMNS.map(([column, field]) => `    - {name: ${column}, ${field}}`);
  const properties = COLUMNS.map(([column, , property]) => `      - {name: ${column}, ${property}}`);
  warehouse.describe(name, {
    source: `path: ${name}.csv\nformat: csv\nschema:\n  fields:\n${fields.join("\n")}\n    - {name: z, type: number${isPlain ? "" : ', decimalChar: ","'}}\n`,
    properties: `${properties.join("\n")}\n      - {name: z, logicalType: number}\n      - {name: place, logicalType: integer}`,
    load: "{mode: replace, max_shrink: 100%}",
    more: `mapping: [${[...COLUMNS.map(([column]) => column), "z"].map((column) => `{to: ${column}, from: ${column}}`).join(", ")}, {to: place, system: row_number}]`,
  });
}

/** Loads a file and tells all that became of it. */
async function loaded(flow: string, file: string): Promise<unknown> {
  warehouse.write(`source/${flow}.csv`, file);
  const { failure, report } = await warehouse.load(flow, { limits: { segmentBytes: 512 }, force: true });
  return {
    failure: failure?.message.replaceAll(flow, "FLOW"),
    counts: { ...report.rows },
    rows: await warehouse.rows(
      `select (t.*)::text from (select ${COLUMNS.map(([column]) => column).join(", ")}, z, place from t.${flow}) t order by place`,
    ),
    rejects: report.rejects,
  };
}

const header = `${[...COLUMNS.map(([column]) => column), "z"].join(",")}\n`;

describe("B1, B3, B7: cells that COPY reads into their types", () => {
  test(
    "what becomes of any file is what becomes of it cell by cell",
    async () => {
      describeFlow("by_type", true);
      describeFlow("by_text", false);
      // mostly good, so that half of the files stay in their types
      const cell = (texts: readonly string[]): ReturnType<typeof integer> => integer({ min: 0, max: texts.length * 40 });
      const record = tuple(...COLUMNS.map(([, , , texts]) => cell(texts)));
      const file = array(record, { minLength: 1, maxLength: 8 }).map((records) =>
        records
          .map((choices) => [...choices.map((choice, index) => COLUMNS[index]?.[3][choice] ?? COLUMNS[index]?.[3][0] ?? ""), "1"].join(","))
          .join("\n"),
      );
      await assert(
        asyncProperty(file, constantFrom("\n", ""), async (lines, end) => {
          expect(await loaded("by_type", header + lines + end)).toEqual(await loaded("by_text", header + lines + end));
        }),
        { numRuns: 40 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "clean files are staged in their types; a bad cell sends its segment, and after two of them the rest, the long way",
    async () => {
      describeFlow("counted", true);
      const good = COLUMNS.map(([, , , texts]) => texts[0]);
      const line = [...good, "1"].join(",");
      const bad = ["x", ...good.slice(1), "1"].join(",");
      const types: (string | undefined)[] = [];
      const isTyped = async (): Promise<void> => {
        const rows = await warehouse.rows(
          `select format_type(a.atttypid, a.atttypmod) from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relname like 'stage\\_%' and a.attname = 'c0' order by c.oid limit 1 offset ${types.length}`,
        );
        types.push(rows[0]?.[0] as string | undefined);
      };
      // a segment ends with the block of 256 KiB that fills it
      const segment = Array.from({ length: 5000 }, () => line);
      const lines = [...segment, ...segment, bad, ...segment, ...segment, bad, ...segment, ...segment];
      warehouse.write("source/counted.csv", `${header}${lines.join("\n")}\n`);
      const { report, failure } = await warehouse.load("counted", {
        limits: { segmentBytes: 256 << 10 },
        onPoint: async (point) => (point === "segment_cast" ? isTyped() : undefined),
      });
      expect(failure).toBeUndefined();
      expect(report.rows).toMatchObject({ read: 30_002, loaded: 30_000, rejected: 2 });
      expect(types[0]).toBe("integer");
      expect(new Set(types)).toEqual(new Set(["integer", "text"]));
      expect(types.at(-1)).toBe("text");
    },
    TIMEOUT_MS,
  );
});
