import { registerHooks } from "node:module";

/** Packages of Polyflow that bundles import instead of containing them. */
const OWN_PACKAGES = "@polyflow/";

/** Where Polyflow's packages are when this process runs them compiled. */
export interface CompiledPackages {
  /** URL of the folder with the compiled files, with a slash at its end. */
  readonly folder: string;
  /** File names by what is imported, for example `sdk.mjs` by `@polyflow/sdk`. */
  readonly files: Readonly<Record<string, string>>;
  /** URL of a source file of this package: from there all other packages are found. */
  readonly source: string;
}

let isRegistered = false;
let compiled: CompiledPackages | undefined;

/** Says, before the first bundle is imported, that these packages are compiled: whoever imports them gets the same modules as this process. */
export function useCompiledPackages(packages: CompiledPackages): void {
  compiled = packages;
}

/**
 * Lets bundles import `@polyflow/*` from our own installation, wherever they stand. Call it once per process, before `import`;
 * further calls do nothing.
 */
export function registerPolyflowResolution(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const file = compiled?.files[specifier];
      if (compiled !== undefined && file !== undefined) return { url: compiled.folder + file, format: "module", shortCircuit: true };
      const isOurs = specifier.startsWith(OWN_PACKAGES) || (compiled !== undefined && isPackageOfCompiled(specifier, context.parentURL));
      return nextResolve(specifier, isOurs ? { ...context, parentURL: compiled?.source ?? import.meta.url } : context);
    },
  });
}

/** What compiled files import from other packages is not found from where they stand. */
function isPackageOfCompiled(specifier: string, parentUrl: string | undefined): boolean {
  return compiled !== undefined && parentUrl?.startsWith(compiled.folder) === true && !/^(?:\.|\/|node:|file:)/.test(specifier);
}
