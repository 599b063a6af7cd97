import { createInstance } from "i18next";
import { describe, expect, it } from "vitest";
import { poMessages } from "./po-messages.ts";

const RUSSIAN = `
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "{{count}} run"
msgid_plural "{{count}} runs"
msgstr[0] "{{count}} запуск"
msgstr[1] "{{count}} запуска"
msgstr[2] "{{count}} запусков"

msgctxt "processes"
msgid "On"
msgstr "Включённые"

msgid "On"
msgstr "Вкл."

#, fuzzy
msgid "Guessed"
msgstr "Угадано"

msgid "Untranslated"
msgstr ""
`;

describe("E5: gettext becomes what i18next reads", () => {
  const i18n = createInstance();
  void i18n.init({
    lng: "ru",
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    resources: { ru: { translation: poMessages(RUSSIAN, "ru") } },
  });

  it.each([
    [1, "1 запуск"],
    [2, "2 запуска"],
    [5, "5 запусков"],
    [11, "11 запусков"],
    [21, "21 запуск"],
    [112, "112 запусков"],
    [1.5, "1.5 запуска"],
  ])("%d takes its Russian form", (count, text) => {
    expect(i18n.t("{{count}} run", { count })).toBe(text);
  });

  it("keeps equal texts of different contexts apart", () => {
    expect(i18n.t("On", { context: "processes" })).toBe("Включённые");
    expect(i18n.t("On")).toBe("Вкл.");
  });

  it("leaves out what nobody has translated or checked", () => {
    expect(Object.keys(poMessages(RUSSIAN, "ru"))).not.toContain("Guessed");
    expect(Object.keys(poMessages(RUSSIAN, "ru"))).not.toContain("Untranslated");
  });

  it("refuses a language whose plural forms it does not know", () => {
    expect(() => poMessages(RUSSIAN, "pl")).toThrow(/pl/);
  });
});
