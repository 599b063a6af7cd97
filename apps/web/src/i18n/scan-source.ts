import ts from "typescript";

/** A text that the source asks the catalogue for. */
export interface UsedMessage {
  readonly text: string;
  /** Tells equal texts with different meanings apart (gettext's msgctxt). */
  readonly context: string | null;
  /** Said with a number: the catalogue must hold its plural forms. */
  readonly plural: boolean;
}

export interface SourceScan {
  readonly messages: readonly UsedMessage[];
  /** Texts that stand in the source and would never be translated, as `line: text`. */
  readonly untranslated: readonly string[];
}

/** Attributes that people see or hear. */
const SPOKEN_ATTRIBUTES = new Set(["aria-label", "aria-description", "placeholder", "title", "label", "alt", "description", "error"]);
/** Names and signs that are the same in every language. */
const NAMES = new Set(["Polyflow", "UTC", "SHA"]);

function needsTranslation(text: string): boolean {
  return [...text.matchAll(/\p{L}{2,}/gu)].some(([word]) => !NAMES.has(word));
}

/**
 * Finds the texts of a module: those that go through `t()` or `msgid()`, and those that stand in the markup as they are.
 * @param fileName decides whether the text is read as TSX
 */
export function scanSource(fileName: string, source: string): SourceScan {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const messages: UsedMessage[] = [];
  const untranslated: string[] = [];
  const report = (node: ts.Node, text: string) => {
    if (needsTranslation(text)) untranslated.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text.trim()}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) addMessage(node, messages);
    if (ts.isJsxText(node)) report(node, node.text);
    if (ts.isJsxAttribute(node) && SPOKEN_ATTRIBUTES.has(node.name.getText())) reportLiterals(node.initializer, report);
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) reportLiterals(node.expression, report);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { messages, untranslated };
}

function addMessage(call: ts.CallExpression, messages: UsedMessage[]): void {
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const [text, values] = call.arguments;
  if (!ts.isIdentifier(callee) || (callee.text !== "t" && callee.text !== "msgid")) return;
  if (!text || !ts.isStringLiteral(text) || text.text === "") return;
  const given = values !== undefined && ts.isObjectLiteralExpression(values) ? values.properties : [];
  const context = given.find((property) => property.name?.getText() === "context");
  messages.push({
    text: text.text,
    context: context && ts.isPropertyAssignment(context) && ts.isStringLiteral(context.initializer) ? context.initializer.text : null,
    plural: text.text.includes("{{count}}") || given.some((property) => property.name?.getText() === "count"),
  });
}

/** Literals that an expression can come to: itself, or a branch of a condition, or the fixed parts of a template. */
function reportLiterals(node: ts.Node | undefined, report: (node: ts.Node, text: string) => void): void {
  if (node === undefined) return;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) report(node, node.text);
  else if (ts.isJsxExpression(node) || ts.isParenthesizedExpression(node)) reportLiterals(node.expression, report);
  else if (ts.isConditionalExpression(node)) {
    reportLiterals(node.whenTrue, report);
    reportLiterals(node.whenFalse, report);
  } else if (ts.isBinaryExpression(node)) reportLiterals(node.right, report);
  else if (ts.isTemplateExpression(node)) {
    report(node, [node.head, ...node.templateSpans.map((span) => span.literal)].map((part) => part.text).join(" "));
  }
}
