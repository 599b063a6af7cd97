import type { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";

/** How a bound of each type is written; types that are not here have no order that a bound could mean. */
const FORMS: { readonly [type: string]: { readonly pattern: RegExp; readonly noun: string } | undefined } = {
  integer: { pattern: /^[+-]?\d+(\.\d+)?$/, noun: "a number" },
  number: { pattern: /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/, noun: "a number" },
  date: { pattern: /^\d{4}-\d{2}-\d{2}$/, noun: "a date like 2024-12-31" },
  datetime: { pattern: /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/, noun: "a time like 2024-12-31T23:59:59" },
  timestamp: { pattern: /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/, noun: "a time like 2024-12-31T23:59:59" },
  time: { pattern: /^\d{2}:\d{2}/, noun: "a time of day like 23:59" },
};

type Bound = string | number | boolean | undefined;

/** Reports a `minimum` or `maximum` that could not be compared with values of the type. */
export function checkBounds(
  document: MetadataDocument,
  bounds: { readonly type: string; readonly minimum?: Bound; readonly maximum?: Bound },
  at: DocumentPath,
): void {
  for (const key of ["minimum", "maximum"] as const) {
    const bound = bounds[key];
    if (bound === undefined) continue;
    const form = FORMS[bounds.type];
    if (form === undefined)
      document.report([...at, key], { message: `\`${key}\` means nothing for ${bounds.type}`, proposal: "remove it", atKey: true });
    else if (!form.pattern.test(String(bound))) document.report([...at, key], { message: `${JSON.stringify(bound)} is not ${form.noun}` });
  }
}
