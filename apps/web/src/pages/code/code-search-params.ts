import { choiceParam, integerParam, type RawSearch, textParam } from "../../search-params.ts";

export const CODE_PANELS = ["files", "find", "git"] as const;
export type CodePanel = (typeof CODE_PANELS)[number];

export interface CodeSearch {
  readonly project?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly panel?: CodePanel | undefined;
}

export function codeSearch(raw: RawSearch): CodeSearch {
  return {
    project: textParam(raw["project"]),
    file: textParam(raw["file"]),
    line: integerParam(raw["line"]),
    panel: choiceParam(raw["panel"], CODE_PANELS),
  };
}
