import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { po } from "gettext-parser";
import { describe, expect, it } from "vitest";
import { poMessages } from "./po-messages.ts";
import { scanSource } from "./scan-source.ts";

const ROOT = join(import.meta.dirname, "../..");
const FILES = globSync("src/**/*.{ts,tsx}", { cwd: ROOT }).filter((file) => !/\.test\.|\.d\.ts$/.test(file));
const scans = FILES.map((file) => ({ file, ...scanSource(file, readFileSync(join(ROOT, file), "utf8")) }));
const catalogueText = (language: string) => readFileSync(join(ROOT, "locales", `${language}.po`), "utf8");

/** Keys of a catalogue as gettext has them, plural entries marked. */
function entries(language: string): ReadonlyMap<string, { readonly plural: boolean; readonly forms: readonly string[] }> {
  const found = new Map<string, { plural: boolean; forms: readonly string[] }>();
  for (const byText of Object.values(po.parse(catalogueText(language)).translations)) {
    for (const entry of Object.values(byText)) {
      if (entry.msgid === "") continue;
      found.set(`${entry.msgctxt ?? ""}|${entry.msgid}`, { plural: entry.msgid_plural !== undefined, forms: entry.msgstr });
    }
  }
  return found;
}

const placeholders = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)]
    .map(([, name]) => name)
    .sort((a, b) => (a ?? "").localeCompare(b ?? ""))
    .join();

describe("E5: the interface speaks both languages completely", () => {
  it("finds the modules of the interface", () => {
    expect(scans.length).toBeGreaterThan(50);
  });

  it("has no text in the markup that bypasses the catalogue", () => {
    expect(scans.flatMap(({ file, untranslated }) => untranslated.map((text) => `${file}:${text}`))).toEqual([]);
  });

  it.each([
    ["en", 2],
    ["ru", 3],
  ])("%s holds every text that the source uses, with all plural forms", (language, pluralForms) => {
    const catalogue = entries(language);
    const problems = scans.flatMap(({ file, messages }) =>
      messages.flatMap(({ text, context, plural }) => {
        const entry = catalogue.get(`${context ?? ""}|${text}`);
        if (!entry) return [`${file}: "${text}" is missing`];
        if (entry.plural !== plural) return [`${file}: "${text}" ${plural ? "needs" : "must not have"} plural forms`];
        if (entry.forms.length !== (plural ? pluralForms : 1) || entry.forms.some((form) => form === ""))
          return [`${file}: "${text}" is not translated`];
        return [];
      }),
    );
    expect(problems).toEqual([]);
  });

  it.each(["en", "ru"])("%s holds no text that nothing uses", (language) => {
    const used = new Set(scans.flatMap(({ messages }) => messages.map(({ text, context }) => `${context ?? ""}|${text}`)));
    expect([...entries(language).keys()].filter((key) => !used.has(key))).toEqual([]);
  });

  it.each(["en", "ru"])("%s keeps the placeholders of every text", (language) => {
    const wrong = [...entries(language)].filter(([key, { forms }]) => forms.some((form) => placeholders(form) !== placeholders(key)));
    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it("does not leave English words in the Russian catalogue by oversight", () => {
    const names =
      /^(CSV|JSON|DAG|DAGs?|Polyflow|Airflow|XCom|TLS|SQL|YAML|Git|Ctrl|Enter|TypeScript|Python|orders|ts|PostgreSQL|UTC|URI|dags)$/;
    const messages = Object.entries(poMessages(catalogueText("ru"), "ru"));
    const english = messages.filter(([, text]) =>
      (text.replaceAll(/\{\{\w+\}\}/g, "").match(/[A-Za-z]{2,}/g) ?? []).some((word) => !names.test(word)),
    );
    expect(english).toEqual([]);
  });
});

describe("the scan that guards the catalogue", () => {
  it("sees text, spoken attributes, branches and templates", () => {
    const source = 'export const A = () => <p title="Hello">Words {open ? "yes please" : t("No")} {`and ${x} more`}</p>;';
    const { messages, untranslated } = scanSource("a.tsx", source);
    expect(messages).toEqual([{ text: "No", context: null, plural: false }]);
    expect(untranslated.map((text) => text.replace(/^\d+: /, ""))).toEqual(["Hello", "Words", "yes please", "and   more"]);
  });
  it("reads context and count", () => {
    expect(scanSource("a.ts", 't("On", { context: "processes" }); t("{{n}} row", { count: 1, n });').messages).toEqual([
      { text: "On", context: "processes", plural: false },
      { text: "{{n}} row", context: null, plural: true },
    ]);
  });
});
