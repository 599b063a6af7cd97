import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { LayoutDialect, LayoutHints } from "../../../api/layouts.ts";
import { Card } from "../../../ui/card.tsx";
import { CommitInput } from "./commit-input.tsx";
import classes from "./designer.module.css";
import { dialectOf, headerHints, headerRowsOf, hintsOf, withDialect } from "./layout-model.ts";
import type { Designer } from "./use-designer.ts";

const ENCODINGS = ["utf-8", "windows-1251", "cp866", "koi8-r", "utf-16le", "utf-16be", "latin1"];
const FORMATS = ["csv", "tsv", "xlsx", "xls", "json", "ndjson", "xml", "parquet", "dbf"];
const TEXT = new Set(["csv", "tsv"]);
const SHEETS = new Set(["xlsx", "xls"]);
const TREES = new Set(["json", "xml"]);

/** What kind of file it is and how it is read: delimiter, encoding, sheet, record path. */
export function FormatPanel({ designer }: { designer: Designer }) {
  const { t } = useTranslation();
  const { draft, restructure } = designer;
  if (draft === undefined) return null;
  const { layout } = draft;
  const format = layout.format ?? "csv";
  const again = (hints: LayoutHints) => restructure.mutate(hints);
  const { format: _format, ...rest } = hintsOf(layout);
  return (
    <Card title={t("Format")}>
      <div className={classes["fields"]}>
        <div className={classes["pair"]}>
          <NativeSelect
            label={t("Format")}
            data={FORMATS}
            value={format}
            disabled={restructure.isPending}
            onChange={(event) => again({ format: event.currentTarget.value })}
          />
          {!SHEETS.has(format) && format !== "parquet" && (
            <NativeSelect
              label={t("Encoding")}
              data={ENCODINGS}
              value={layout.encoding ?? "utf-8"}
              disabled={restructure.isPending}
              onChange={(event) => again({ ...rest, format, encoding: event.currentTarget.value })}
            />
          )}
        </div>
        {TEXT.has(format) && <TextSettings designer={designer} />}
        {SHEETS.has(format) && <SheetSettings designer={designer} />}
        {TREES.has(format) && (
          <CommitInput
            label={t("Record path")}
            description={
              format === "xml"
                ? t("The element that is a record: {{example}}", { example: "/Root/Item" })
                : t("Where the list of records is: {{example}}", { example: "data.items" })
            }
            value={dialectOf(layout).property ?? ""}
            commit={(property) => again({ ...hintsOf(layout), property: property === "" ? undefined : property })}
          />
        )}
      </div>
    </Card>
  );
}

function TextSettings({ designer: { draft, change, restructure, look } }: { designer: Designer }) {
  const { t } = useTranslation();
  if (draft === undefined) return null;
  const { layout } = draft;
  const dialect = dialectOf(layout);
  const delimiter = dialect.delimiter ?? (layout.format === "tsv" ? "\t" : ",");
  const known = [
    { value: ",", label: t("comma") },
    { value: ";", label: t("semicolon") },
    { value: "\t", label: t("tab") },
    { value: "|", label: "|" },
  ];
  const all = known.some(({ value }) => value === delimiter) ? known : [...known, { value: delimiter, label: delimiter }];
  const set = (part: LayoutDialect) => change({ layout: withDialect(layout, part) }, Object.keys(part).join());
  return (
    <>
      <div className={classes["pair"]}>
        <NativeSelect
          label={t("Delimiter")}
          data={all}
          value={delimiter}
          disabled={restructure.isPending}
          onChange={(event) =>
            restructure.mutate({ ...hintsOf(layout), header: undefined, headerRows: undefined, delimiter: event.currentTarget.value })
          }
        />
        <TextInput
          label={t("Quote")}
          maxLength={1}
          classNames={{ input: "pf-mono" }}
          value={dialect.quoteChar ?? '"'}
          onChange={(event) => set({ quoteChar: event.currentTarget.value === '"' ? undefined : event.currentTarget.value })}
        />
      </div>
      <TextInput
        label={t("Text for no value")}
        description={t("An unquoted cell of this text is empty: {{example}}", { example: "NULL" })}
        classNames={{ input: "pf-mono" }}
        value={dialect.nullSequence ?? ""}
        onChange={(event) => set({ nullSequence: event.currentTarget.value || undefined })}
      />
      <HeaderRows
        rows={look.data?.grid ? headerRowsOf(layout, look.data.grid) : []}
        commit={(rows) => restructure.mutate(headerHints(layout, rows))}
      />
    </>
  );
}

function SheetSettings({ designer: { draft, change, restructure, look } }: { designer: Designer }) {
  const { t } = useTranslation();
  if (draft === undefined) return null;
  const { layout } = draft;
  const dialect = dialectOf(layout);
  const grid = look.data?.grid;
  const set = (part: LayoutDialect) => change({ layout: withDialect(layout, part) }, Object.keys(part).join());
  return (
    <>
      <NativeSelect
        label={t("Sheet")}
        data={[...(grid?.sheets ?? [])]}
        value={grid?.sheet ?? ""}
        disabled={restructure.isPending}
        onChange={(event) => restructure.mutate({ format: layout.format, sheetName: event.currentTarget.value })}
      />
      <div className={classes["pair"]}>
        <HeaderRows rows={grid ? headerRowsOf(layout, grid) : []} commit={(rows) => restructure.mutate(headerHints(layout, rows))} />
        <CommitInput
          label={t("Range")}
          placeholder="B3:H"
          value={dialect.range ?? ""}
          commit={(range) => restructure.mutate({ ...hintsOf(layout), range: range === "" ? undefined : range })}
        />
      </div>
      <CommitInput
        label={t("Totals")}
        description={t("Rows whose first text matches this expression are left out: ^(Total|Sum)")}
        value={dialect.totals ?? ""}
        commit={(totals) => set({ totals: totals === "" ? undefined : totals })}
      />
      <Checkbox
        label={t("Every cell of a merged range has its value")}
        checked={dialect.mergedCells === "fill"}
        onChange={(event) => set({ mergedCells: event.currentTarget.checked ? "fill" : undefined })}
      />
      <Checkbox
        label={t("Leave hidden rows out")}
        checked={dialect.hiddenRows === "skip"}
        onChange={(event) => set({ hiddenRows: event.currentTarget.checked ? "skip" : undefined })}
      />
    </>
  );
}

function HeaderRows({ rows, commit }: { rows: readonly number[]; commit: (rows: readonly number[]) => void }) {
  const { t } = useTranslation();
  return (
    <CommitInput
      label={t("Header rows")}
      placeholder={t("none")}
      value={rows.join(", ")}
      commit={(text) =>
        commit(
          text
            .split(/[^\d]+/)
            .filter((part) => part !== "")
            .map(Number),
        )
      }
    />
  );
}
