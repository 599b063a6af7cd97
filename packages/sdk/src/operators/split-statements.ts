import { FailTask } from "../task-errors.ts";

/** What a semicolon does not end a statement in: comments, texts, quoted names, PostgreSQL's dollar quotes. A statement's own characters come singly. */
const PIECE = /--[^\n]*|\/\*|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|(?<![\w$])\$(?:[A-Za-z_]\w*)?\$|;|[\s\S]/g;

/**
 * The statements of an SQL script, without the semicolons between them; comments stay with the statement that follows, what is nothing but
 * comments is left out. Quotes within texts are doubled, as in standard SQL: a backslash escapes nothing.
 * @throws FailTask for a text, comment or quote that does not end
 * @example splitStatements("create table t (a text); insert into t values (';')") // two
 */
export function splitStatements(script: string): readonly string[] {
  const statements: string[] = [];
  let start = 0;
  let isEmpty = true;
  const take = (end: number): void => {
    if (!isEmpty) statements.push(script.slice(start, end).trim());
    isEmpty = true;
  };
  const pieces = new RegExp(PIECE);
  for (let match = pieces.exec(script); match !== null; match = pieces.exec(script)) {
    const [piece] = match;
    if (piece === ";") {
      take(match.index);
      start = pieces.lastIndex;
    } else if (piece === "/*") pieces.lastIndex = endOfComment(script, match.index);
    else if (!piece.startsWith("--") && piece.trim() !== "") {
      isEmpty = false;
      if (/^['"`]$/.test(piece)) throw unended(script, match.index, piece);
      if (piece.length > 1 && piece.startsWith("$")) pieces.lastIndex = endOfQuote(script, match.index, piece);
    }
  }
  take(script.length);
  return statements;
}

/** Comments nest in PostgreSQL and SQL Server; elsewhere nobody writes one within another. */
function endOfComment(script: string, at: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  let depth = 0;
  for (let match = marks.exec(script); match !== null; match = marks.exec(script)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  throw unended(script, at, "/*");
}

function endOfQuote(script: string, at: number, quote: string): number {
  const end = script.indexOf(quote, at + quote.length);
  if (end < 0) throw unended(script, at, quote);
  return end + quote.length;
}

function unended(script: string, at: number, what: string): FailTask {
  const line = script.slice(0, at).split("\n").length;
  return new FailTask(
    `The script cannot be split into statements: what begins with ${what} in line ${line} does not end. End it, or give \`statements\` as a list.`,
  );
}
