import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyflow-translations-"));
  kit = await startTestServer(inject("postgresUrl"), { translationsFolder: folder });
});
afterAll(async () => {
  await kit.close();
  await rm(folder, { recursive: true });
});

const ask = async (language: string) => (await kit.send({ url: `/ui/translations/${language}` })).body["entries"];

async function write(text: string): Promise<void> {
  await mkdir(join(folder, "ru/LC_MESSAGES"), { recursive: true });
  await writeFile(join(folder, "ru/LC_MESSAGES/messages.po"), text);
}

describe("E5: the administrator's own words", () => {
  test("are read from the catalogue, again when it changes, without a restart", async () => {
    expect(await ask("ru")).toEqual([]);
    await write(
      'msgid ""\nmsgstr ""\n\nmsgid "Processes"\nmsgstr "Потоки"\n\nmsgid "Empty"\nmsgstr ""\n\n#, fuzzy\nmsgid "Maybe"\nmsgstr "Может"\n',
    );
    expect(await ask("ru")).toEqual([{ text: "Processes", context: null, is_plural: false, forms: ["Потоки"] }]);
    await write(
      'msgctxt "day"\nmsgid "from"\nmsgstr "с дня"\n\nmsgid "{{count}} run"\nmsgid_plural "{{count}} runs"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"\n',
    );
    expect(await ask("ru")).toEqual([
      { text: "from", context: "day", is_plural: false, forms: ["с дня"] },
      { text: "{{count}} run", context: null, is_plural: true, forms: ["a", "b", "c"] },
    ]);
  });

  test("that are broken do not take the page with them, and the log says so", async () => {
    await write("x".repeat(5_000_001));
    expect(await ask("ru")).toEqual([]);
    expect(kit.loggedErrors.join()).toContain("own translations could not be read");
  });

  test("come from their folder alone", async () => {
    for (const language of ["..%2F..", "ru%2F..%2Fru", "RU", "x"]) expect(await ask(language)).toEqual([]);
  });
});
