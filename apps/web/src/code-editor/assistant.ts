import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { type Diagnostic, linter } from "@codemirror/lint";
import { EditorState, type Extension, type Text } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import { checkFile, type CodeProblem, completeCode, type FileAddress, hoverCode } from "../api/code.ts";

const TYPESCRIPT = /\.[mc]?tsx?$/;
const METADATA = /^metadata\/.*\.ya?ml$/;
const CHECK_AFTER_MS = 700;
/** Behind what the list of completions opens by itself. */
const BEFORE_CODE = /[\w$]+|[.("'{ ]$/;
const BEFORE_YAML = /[\w$]+|(?:: |- )$/;

/** How TypeScript's kinds of names look in the list of the editor. */
const KINDS: Readonly<Record<string, string>> = {
  method: "method",
  function: "function",
  property: "property",
  getter: "property",
  const: "constant",
  let: "variable",
  var: "variable",
  parameter: "variable",
  class: "class",
  interface: "interface",
  type: "type",
  enum: "enum",
  module: "namespace",
  keyword: "keyword",
  string: "text",
};

/** Errors of types and descriptions, completion and hover texts from the server; a server that cannot answer leaves the editor without, nothing more. */
export function assistantOf(address: FileAddress, problems: (found: readonly CodeProblem[]) => void): Extension {
  const checked = linter((view) => check(address, view.state.doc, problems), { delay: CHECK_AFTER_MS });
  const isMetadata = METADATA.test(address.path);
  if (!isMetadata && !TYPESCRIPT.test(address.path)) return [];
  const begins = isMetadata ? BEFORE_YAML : BEFORE_CODE;
  // The same object at every call: another would be another source, and the editor would ask without end.
  const completions = [{ autocomplete: (context: CompletionContext) => complete(address, context, begins) }];
  return [
    EditorState.languageData.of(() => completions),
    checked,
    hoverTooltip(async (view, position) => {
      const { text, documentation } = await hoverCode(address, view.state.doc.toString(), position).catch(() => ({
        text: "",
        documentation: "",
      }));
      if (text === "") return null;
      return {
        pos: position,
        create() {
          const dom = document.createElement("div");
          dom.className = "cm-hover";
          dom.textContent = documentation === "" ? text : `${text}\n\n${documentation}`;
          return { dom };
        },
      };
    }),
  ];
}

async function complete(address: FileAddress, context: CompletionContext, begins: RegExp): Promise<CompletionResult | null> {
  const isWanted = context.explicit || context.matchBefore(begins) !== null;
  if (!isWanted) return null;
  const found = await completeCode(address, context.state.doc.toString(), context.pos).catch(() => null);
  if (found === null || found.items.length === 0) return null;
  const options = found.items.map(
    ({ label, kind, sort, insert, detail }): Completion => ({
      label,
      type: KINDS[kind] ?? "variable",
      sortText: sort,
      ...(insert !== undefined && { apply: insert }),
      // Beside the list, for the chosen one alone.
      ...(detail !== undefined && detail !== "" && { info: detail }),
    }),
  );
  return { from: found.from, options, validFor: /^[\w$]*$/ };
}

async function check(address: FileAddress, text: Text, problems: (found: readonly CodeProblem[]) => void): Promise<readonly Diagnostic[]> {
  const found = await checkFile(address, text.toString()).catch(() => null);
  if (found === null) return [];
  problems(found.problems);
  return found.problems.map((problem) => diagnosticOf(problem, text));
}

/** Where a problem shows in the text; a line that is not there any more is the last one. */
export function diagnosticOf({ line, column, severity, message }: CodeProblem, text: Text): Diagnostic {
  const at = text.line(Math.min(Math.max(line ?? 1, 1), text.lines));
  const from = Math.min(at.from + Math.max((column ?? 1) - 1, 0), at.to);
  const word = /^[\w$]+/.exec(text.sliceString(from, at.to))?.[0].length ?? 1;
  return { from, to: Math.min(from + word, at.to), severity, message };
}
