import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import { formatPath } from "./problem.ts";
import type { DocumentPath, MetadataProblem } from "./problem.ts";

export interface ProblemText {
  readonly message: string;
  readonly proposal?: string;
  /** Point at the key itself, not at its value. */
  readonly atKey?: boolean;
}

/** A YAML file whose problems can be reported with line and column. */
export class MetadataDocument {
  readonly file: string;
  readonly value: unknown;
  readonly problems: MetadataProblem[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;

  /** @param file path relative to the project, used in messages */
  constructor(file: string, text: string) {
    this.file = file;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    for (const error of this.#document.errors) this.#addAt(error.pos[0], [], "", { message: `not valid YAML: ${error.message}` });
    this.value = this.#document.errors.length === 0 ? this.#document.toJS({ maxAliasCount: 100 }) : undefined;
  }

  /** Records a problem at the place that `path` leads to, or at the nearest enclosing one that exists. */
  report(path: DocumentPath, text: ProblemText): void {
    const node = text.atKey === true ? this.#keyNode(path) : this.#valueNode(path);
    this.#addAt(node?.range?.[0] ?? 0, path, shortValue(node), text);
  }

  #addAt(offset: number, path: DocumentPath, value: string, text: ProblemText): void {
    const position = this.#lines.linePos(offset);
    this.problems.push({
      file: this.file,
      line: Math.max(1, position.line),
      column: Math.max(1, position.col),
      path: formatPath(path),
      value,
      message: text.message,
      ...(text.proposal === undefined ? {} : { proposal: text.proposal }),
    });
  }

  #valueNode(path: DocumentPath): Node | undefined {
    for (let length = path.length; length >= 0; length--) {
      const found: unknown = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(found)) return found;
    }
    return undefined;
  }

  #keyNode(path: DocumentPath): Node | undefined {
    const parent = this.#valueNode(path.slice(0, -1));
    const key = path.at(-1);
    if (!isMap(parent)) return parent;
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
    return pair !== undefined && isNode(pair.key) ? pair.key : parent;
  }
}

function shortValue(node: Node | undefined): string {
  if (!isScalar(node)) return "";
  const text = String(node.value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
