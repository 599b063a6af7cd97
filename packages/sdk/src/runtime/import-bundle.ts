import { registerHooks, setSourceMapsSupport } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setAuthorRoot } from "../source-location.ts";
import { collectDags, forgetUncollected, setSpecsNeeded } from "./collect-dags.ts";
import type { DagDefinition } from "./definition.ts";
import { registerPolyflowResolution } from "./resolution.ts";

/** What `importBundle` needs. */
export interface BundleToImport {
  /** Compiled JavaScript, as the DAG processor published it. */
  readonly code: string;
  /** Absolute path of the project's folder. */
  readonly projectDir: string;
  /**
   * `"run"` (default): specs are built only when asked for, since the bundle has been published and a task process needs none.
   * `"describe"`: they are built and checked while the file is imported, so that errors name its lines.
   */
  readonly purpose?: "run" | "describe";
}

/** First line of every bundle: names the DAG file that it was made from, so that stacks and `import.meta` lead there. */
export const BUNDLE_HEADER = "// polyflow bundle of ";
const HEADER_SHAPE = /^\/\/ polyflow bundle of (.+)/;

const sources = new Map<string, string>();
let isHooked = false;
let imports = 0;
/** Imports come one after another, so that each finds its own DAGs in the register. */
let previous: Promise<unknown> = Promise.resolve();

/**
 * Imports a bundle and gives its DAGs. The module takes the place of the author's file: stacks name its lines, and `import.meta.dirname`
 * is its folder, though the code comes from memory.
 * @throws whatever the file throws at import; PolyflowError `dag_invalid`
 * @example const dags = await importBundle({ code, projectDir: "/srv/projects/sales" });
 */
export async function importBundle(bundle: BundleToImport): Promise<readonly DagDefinition[]> {
  const result = previous.then(() => importNow(bundle));
  previous = result.catch(() => undefined);
  return result;
}

async function importNow({ code, projectDir, purpose = "run" }: BundleToImport): Promise<readonly DagDefinition[]> {
  registerPolyflowResolution();
  serveFromMemory();
  setAuthorRoot(projectDir);
  setSpecsNeeded(purpose === "describe");
  forgetUncollected();
  const entry = HEADER_SHAPE.exec(code)?.[1] ?? "bundle.mjs";
  imports += 1;
  const url = `${pathToFileURL(join(projectDir, entry)).href}?bundle=${imports}`;
  sources.set(url, code);
  try {
    const moduleNamespace: object = await import(url);
    return collectDags(moduleNamespace);
  } finally {
    sources.delete(url);
  }
}

function serveFromMemory(): void {
  if (isHooked) return;
  isHooked = true;
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      sources.has(specifier) ? { url: specifier, format: "module", shortCircuit: true } : nextResolve(specifier, context),
    load(url, context, nextLoad) {
      const source = sources.get(url);
      return source === undefined ? nextLoad(url, context) : { format: "module", source, shortCircuit: true };
    },
  });
}
