import { PolyflowError } from "@polyflow/contracts";
import { LOADED_AT_COLUMN, LOAD_ID_COLUMN } from "./write-shape.ts";
import type { WriteShape } from "./write-shape.ts";

/**
 * The statements for ClickHouse, which has no transactions: an insert of one block is atomic by itself, and a replace fills a twin of
 * the table and exchanges the two names in one step, so that readers see the old rows or the new ones.
 * @throws PolyflowError `metadata_invalid` for strategies that need to change rows
 */
export function clickhouseSteps(shape: WriteShape): readonly string[] {
  const [database, table] = shape.target;
  const target = quoted(database, table);
  const names = [...shape.columns, LOAD_ID_COLUMN, LOADED_AT_COLUMN].map((column) => quoted(column)).join(", ");
  const values = [...shape.columns.map((column) => `i.${quoted(column)}`), `toUUID('${shape.loadId}')`, shape.at].join(", ");
  const insert = (into: string): string => `insert into ${into} (${names}) select ${values} from ${shape.incoming} as i`;
  if (shape.strategy === "append") return [insert(target)];
  if (shape.strategy !== "replace") {
    throw new PolyflowError(
      "metadata_invalid",
      `ClickHouse can append and replace; the strategy ${shape.strategy} needs rows that change. Choose another mode in the flow.`,
    );
  }
  const twin = quoted(database, `${table}__incoming`);
  return [
    `drop table if exists ${twin}`,
    `create table ${twin} as ${target}`,
    insert(twin),
    `exchange tables ${twin} and ${target}`,
    `drop table ${twin}`,
  ];
}

function quoted(...path: readonly string[]): string {
  return path.map((name) => `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``).join(".");
}
