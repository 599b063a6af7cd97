import ts from "typescript";
import type { CodeProblem, LanguageAnswer, LanguageQuestion } from "../language/messages.ts";
import type { ProjectLanguage } from "./project-language.ts";

const MOST_ITEMS = 300;
const MOST_PROBLEMS = 200;

/** What TypeScript says about the question. */
export function answerQuestion(language: ProjectLanguage, question: LanguageQuestion): LanguageAnswer {
  const service = language.with(question.file, question.content);
  switch (question.kind) {
    case "diagnose": {
      const found = [...service.getSyntacticDiagnostics(question.file), ...service.getSemanticDiagnostics(question.file)];
      return { id: question.id, kind: "diagnose", problems: found.slice(0, MOST_PROBLEMS).map(problemOf) };
    }
    case "complete":
      return complete(service, question);
    case "hover": {
      const info = service.getQuickInfoAtPosition(question.file, question.offset);
      const text = ts.displayPartsToString(info?.displayParts);
      return { id: question.id, kind: "hover", text, documentation: ts.displayPartsToString(info?.documentation) };
    }
  }
}

function complete(service: ts.LanguageService, { id, file, content, offset }: LanguageQuestion): LanguageAnswer {
  const word = /[\w$]*$/.exec(content.slice(0, offset))?.[0] ?? "";
  const found = service.getCompletionsAtPosition(file, offset, { includeCompletionsWithInsertText: false });
  const wanted = word.toLowerCase();
  const items = (found?.entries ?? [])
    .filter((entry) => entry.name.toLowerCase().includes(wanted))
    .slice(0, MOST_ITEMS)
    .map((entry) => ({ label: entry.name, kind: entry.kind, sort: entry.sortText }));
  return { id, kind: "complete", from: offset - word.length, items };
}

function problemOf(diagnostic: ts.Diagnostic): CodeProblem {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  const severity = diagnostic.category === ts.DiagnosticCategory.Error ? "error" : "warning";
  if (diagnostic.file === undefined || diagnostic.start === undefined) return { line: null, column: null, severity, message };
  const { line, character } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
  return { line: line + 1, column: character + 1, severity, message };
}
