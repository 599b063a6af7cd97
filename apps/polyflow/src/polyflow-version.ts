import { readFileSync } from "node:fs";
import { z } from "zod";

/** The version of Polyflow, from its package. */
export const POLYFLOW_VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))).version;
