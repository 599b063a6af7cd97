export type TokenKind = "plain" | "comment" | "string" | "keyword" | "number";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const KEYWORDS = new Set(
  "async await break case catch class const continue default delete do else export extends false finally for from function if import in instanceof interface let new null of return satisfies static switch this throw true try type typeof undefined var void while yield readonly as".split(
    " ",
  ),
);

/** Comments, strings (template strings over lines too), numbers and words; all else is plain. */
const TOKEN =
  /(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|("(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?)|(\b\d[\d_]*(?:\.\d+)?\b)|([A-Za-z_$][\w$]*)/g;

/**
 * TypeScript source as lines of coloured pieces. A reader for eyes, not a parser: a regular expression literal is plain.
 * @returns one list of tokens per line; their texts joined give the line
 */
export function highlight(source: string): readonly (readonly Token[])[] {
  const lines: Token[][] = [[]];
  const add = (kind: TokenKind, text: string) => {
    text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ kind, text: part });
    });
  };
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    add("plain", source.slice(end, match.index));
    add(kindOf(match), match[0]);
    end = match.index + match[0].length;
  }
  add("plain", source.slice(end));
  return lines;
}

function kindOf([text, comment, string, number]: RegExpMatchArray): TokenKind {
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (number !== undefined) return "number";
  return KEYWORDS.has(text) ? "keyword" : "plain";
}
