import { basename } from "node:path";
import type { Plugin } from "vite";
import { poMessages } from "./po-messages.ts";

/** Lets a module import `locales/<language>.po`: gettext stays the source, the browser gets i18next messages. */
export function poPlugin(): Plugin {
  return {
    name: "polyflow-po",
    transform(source, id) {
      if (!id.endsWith(".po")) return null;
      const messages = poMessages(source, basename(id, ".po"));
      return { code: `export const messages = ${JSON.stringify(messages)};`, map: { mappings: "" }, moduleType: "js" };
    },
  };
}
