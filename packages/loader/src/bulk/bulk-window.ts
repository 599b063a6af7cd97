import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn } from "@polyflow/metadata-model";
import type { LoadSubject } from "../load-request.ts";
import type { LoadWindow } from "../target/load-window.ts";
import { spanOf } from "./bulk-words.ts";
import type { BulkWords } from "./bulk-words.ts";
import { readValue } from "./read-value.ts";

/** Which records a load takes, in the words of a database that is loaded in bulk. */
export function bulkWindow(words: BulkWords, request: LoadSubject, before: string | null): LoadWindow {
  const { flow, interval } = request;
  if (interval !== undefined) return intervalWindow(words, request, interval);
  const { cursor } = flow;
  if (cursor === undefined) return { filters: [], within: [] };
  const column = columnOf(request, cursor.column);
  const type = words.typeOf(column, false);
  const position = { cursor, physicalType: column.physicalType, before, from: before };
  const skipsNull = cursor.onNull === "skip";
  if (before === null) {
    const filters = skipsNull ? [{ column: cursor.column, keeps: (value: string) => `${value} is not null` }] : [];
    return { filters, within: [], position };
  }
  const isNumber = type.kind === "integer" || type.kind === "decimal" || type.kind === "float";
  if (cursor.lookback !== undefined && isNumber !== (spanOf(cursor.lookback) === undefined)) {
    throw new PolyflowError(
      "metadata_invalid",
      `The lookback "${cursor.lookback}" of flow "${flow.name}" does not fit the cursor of type ${column.physicalType}; write ${isNumber ? "a number" : "a span like `2 days`"}.`,
    );
  }
  const bound = words.bound(before, type);
  const start = cursor.lookback === undefined ? bound : words.back(bound, cursor.lookback);
  const keeps = (value: string): string => (skipsNull ? `${value} >= ${start}` : `(${value} >= ${start} or ${value} is null)`);
  return { filters: [{ column: cursor.column, keeps }], within: [keeps(`t.${words.identifier(cursor.column)}`)], position };
}

function intervalWindow(words: BulkWords, request: LoadSubject, interval: { readonly from: string; readonly to: string }): LoadWindow {
  const { flow } = request;
  if (flow.sliceBy === undefined) {
    throw new PolyflowError(
      "metadata_invalid",
      `The flow "${flow.name}" cannot be loaded by intervals: it does not say which column they cut. Write \`load: {slice_by: <column>}\` in ${flow.file}.`,
    );
  }
  const column = columnOf(request, flow.sliceBy);
  const type = words.typeOf(column, false);
  const bound = (text: string): string => {
    const read = readValue(text, type, column);
    if (read !== undefined) return words.bound(read, type);
    throw new PolyflowError("request_invalid", `"${text}" is not valid as ${column.physicalType}, the type of ${column.column}.`);
  };
  const keeps = (value: string): string => `(${value} >= ${bound(interval.from)} and ${value} < ${bound(interval.to)})`;
  return { filters: [{ column: flow.sliceBy, keeps }], within: [keeps(`t.${words.identifier(flow.sliceBy)}`)] };
}

function columnOf({ entity, flow }: LoadSubject, name: string): EntityColumn {
  const column = entity.columns.find((candidate) => candidate.column === name);
  if (column !== undefined) return column;
  throw new PolyflowError("internal", `The flow "${flow.name}" names the unknown column "${name}".`);
}
