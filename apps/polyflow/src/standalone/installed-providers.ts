import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CHECKOUT } from "../home/find-home.ts";

const manifest = z.object({ name: z.string(), version: z.string(), description: z.string().default(""), homepage: z.string().optional() });

export interface InstalledProvider {
  readonly packageName: string;
  readonly description: string;
  readonly version: string;
  readonly documentationUrl: string | null;
}

/** The provider packages that come with this installation, by name. */
export function installedProviders(): readonly InstalledProvider[] {
  const folder = join(CHECKOUT, "providers");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const {
        name: packageName,
        version,
        description,
        homepage,
      } = manifest.parse(JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")));
      return { packageName, version, description, documentationUrl: homepage ?? null };
    })
    .toSorted((left, right) => (left.packageName < right.packageName ? -1 : 1));
}
