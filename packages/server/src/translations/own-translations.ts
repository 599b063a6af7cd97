import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { UiTranslations } from "@polyflow/contracts/wire";
import type { Logger } from "@polyflow/service-kit";
import { po } from "gettext-parser";

type Entry = UiTranslations["entries"][number];

const LANGUAGE = /^[a-z]{2,3}(?:_[A-Z]{2})?$/;
const MOST_BYTES = 5_000_000;

/** The administrator's own words on top of those that come along: `<folder>/<language>/LC_MESSAGES/messages.po` (E5). */
export class OwnTranslations {
  readonly #folder: string | undefined;
  readonly #logger: Logger;
  readonly #known = new Map<string, { readonly stamp: string; readonly entries: readonly Entry[] }>();

  constructor(folder: string | undefined, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Empty for a language without a file. A file that cannot be read is said in the log, and the words that come along are used. */
  async entries(language: string): Promise<readonly Entry[]> {
    if (this.#folder === undefined || !LANGUAGE.test(language)) return [];
    const file = join(this.#folder, language, "LC_MESSAGES", "messages.po");
    const stamp = await stampOf(file);
    if (stamp === undefined) return [];
    const known = this.#known.get(language);
    if (known?.stamp === stamp) return known.entries;
    const entries = await this.#read(file);
    this.#known.set(language, { stamp, entries });
    return entries;
  }

  async #read(file: string): Promise<readonly Entry[]> {
    try {
      const content = await readFile(file);
      if (content.length > MOST_BYTES) throw new RangeError(`it is larger than ${MOST_BYTES / 1_000_000} MB`);
      return entriesOf(content.toString("utf8"));
    } catch (error) {
      this.#logger.error("own translations could not be read", { file, error: error instanceof Error ? error.message : String(error) });
      return [];
    }
  }
}

/** What is translated in a catalogue; what is empty or fuzzy is left out. */
function entriesOf(catalogue: string): readonly Entry[] {
  const all = Object.values(po.parse(catalogue).translations).flatMap((byText) => Object.values(byText));
  return all
    .filter((entry) => entry.msgid !== "" && entry.msgstr.some((form) => form !== "") && !entry.comments?.flag?.includes("fuzzy"))
    .map((entry) => ({
      text: entry.msgid,
      context: entry.msgctxt ?? null,
      is_plural: entry.msgid_plural !== undefined,
      forms: [...entry.msgstr],
    }));
}

/** Changes when the file does; undefined when there is none. */
async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size } = await stat(file);
    return `${mtimeMs} ${size}`;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}
