/**
 * Forms of connections: `GET /ui/connection-types` answers `uiConnectionTypes`, as the installed providers describe them. Nothing of it is
 * code; texts come in the languages of the interface.
 */
import { z } from "zod";

const localText = z.object({ en: z.string(), ru: z.string() });
export type UiLocalText = z.infer<typeof localText>;

export const uiConnectionField = z.object({
  /** `host`, `port`, `login`, `password`, `schema`, or a name within `extra`. */
  name: z.string(),
  place: z.enum(["field", "extra"]),
  kind: z.enum(["text", "number", "boolean", "choice", "multiline"]),
  label: localText,
  help: localText.nullable(),
  secret: z.boolean(),
  required: z.boolean(),
  choices: z.array(z.string()),
  /** What holds where nothing is written. */
  default: z.string().nullable(),
});
export type UiConnectionField = z.infer<typeof uiConnectionField>;

export const uiConnectionType = z.object({
  type: z.string(),
  /** Other names that mean the same. */
  aliases: z.array(z.string()),
  title: localText,
  /** What it can do for a task. */
  uses: z.array(z.enum(["sql", "files", "extract", "http", "email"])),
  /** The form, in order. */
  fields: z.array(uiConnectionField),
  /** The URI form, without secrets. */
  example: z.string(),
  /** Package that brings it. */
  provider: z.string(),
});
export type UiConnectionType = z.infer<typeof uiConnectionType>;

export const uiConnectionTypes = z.object({ types: z.array(uiConnectionType) });
export type UiConnectionTypes = z.infer<typeof uiConnectionTypes>;
