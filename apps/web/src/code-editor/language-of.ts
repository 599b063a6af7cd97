import type { Extension } from "@codemirror/state";

type Load = () => Promise<Extension>;

const typescript: Load = async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true });
const javascript: Load = async () => (await import("@codemirror/lang-javascript")).javascript();
const yaml: Load = async () => (await import("@codemirror/lang-yaml")).yaml();

/** Languages by the extension of files; each is loaded when a file of it is opened. */
const LANGUAGES: ReadonlyMap<string, Load> = new Map<string, Load>([
  ["ts", typescript],
  ["mts", typescript],
  ["cts", typescript],
  ["js", javascript],
  ["mjs", javascript],
  ["cjs", javascript],
  ["yaml", yaml],
  ["yml", yaml],
  ["sql", async () => (await import("@codemirror/lang-sql")).sql()],
  ["py", async () => (await import("@codemirror/lang-python")).python()],
  ["json", async () => (await import("@codemirror/lang-json")).json()],
  ["md", async () => (await import("@codemirror/lang-markdown")).markdown()],
]);

/** Highlighting for a file, by its name. Plain text has none. */
export async function languageOf(path: string): Promise<Extension> {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return (await LANGUAGES.get(extension)?.()) ?? [];
}
