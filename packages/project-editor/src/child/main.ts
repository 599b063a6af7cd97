import type { LanguageAnswer, LanguageQuestion } from "../language/messages.ts";
import { answerQuestion } from "./answer-question.ts";
import { ProjectLanguage } from "./project-language.ts";

/** The language child: answers questions about TypeScript files, one after the other. It may read and do nothing else. */
const languages = new Map<string, ProjectLanguage>();

process.on("message", (question: LanguageQuestion) => {
  process.send?.(answer(question));
});
process.on("disconnect", () => process.exit(0));

function answer(question: LanguageQuestion): LanguageAnswer {
  try {
    let language = languages.get(question.projectDir);
    if (language === undefined) {
      language = new ProjectLanguage(question.projectDir);
      languages.set(question.projectDir, language);
    }
    return answerQuestion(language, question);
  } catch (error) {
    return { id: question.id, kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
