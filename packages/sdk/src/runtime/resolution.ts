import { registerHooks } from "node:module";

/** Packages of Polyflow that bundles import instead of containing them. */
const OWN_PACKAGES = "@polyflow/";

let isRegistered = false;

/**
 * Lets bundles import `@polyflow/*` from our own installation, wherever they stand. Call it once per process, before `import`;
 * further calls do nothing.
 */
export function registerPolyflowResolution(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      nextResolve(specifier, specifier.startsWith(OWN_PACKAGES) ? { ...context, parentURL: import.meta.url } : context),
  });
}
