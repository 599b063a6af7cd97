import { expect, it } from "vitest";
import { preferredLanguage } from "./language.ts";

it.each([
  ["what the user chose wins", "en", ["ru-RU"], "en"],
  ["the first language of the browser that exists", null, ["de-DE", "ru-RU", "en"], "ru"],
  ["English where none exists", null, ["de"], "en"],
  ["a stored value of nobody is ignored", "xx", ["ru"], "ru"],
])("E5: %s", (_name, stored, browser, language) => {
  expect(preferredLanguage(stored, browser)).toBe(language);
});
