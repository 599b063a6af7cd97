import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { childProgram } from "@polyflow/service-kit/child-program";
import { runEsbuild } from "./esbuild-service.ts";

/** The child half as JavaScript, by URL. Nothing is written: a process gets it by IPC, see `child/entry.mjs`. */
export interface CompiledChild {
  readonly mainUrl: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Stands for a folder that does not exist. */
const FOLDER = join(import.meta.dirname, "child/compiled");
const FOLDER_URL = `${pathToFileURL(FOLDER).href}/`;

/** Compiles the child half with what it shares with bundles. */
export async function compileChild(): Promise<CompiledChild> {
  const program = childProgram({
    main: fileURLToPath(new URL("./child/main.ts", import.meta.url)),
    outdir: FOLDER,
    folder: JSON.stringify(FOLDER_URL),
    resolve: (specifier) => import.meta.resolve(specifier),
  });
  const { outputFiles } = await runEsbuild({ ...program, write: false });
  return {
    mainUrl: `${FOLDER_URL}main.mjs`,
    files: Object.fromEntries(outputFiles.map(({ path, text }) => [pathToFileURL(path).href, text])),
  };
}
