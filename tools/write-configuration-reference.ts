/** Writes docs/configuration.md from the registry of options. */
import { writeFileSync } from "node:fs";
import { configurationReference } from "polyflow";

writeFileSync(new URL("../docs/configuration.md", import.meta.url), configurationReference());
