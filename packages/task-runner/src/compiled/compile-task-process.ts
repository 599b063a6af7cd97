import { fileURLToPath } from "node:url";
import { childProgram } from "@polyflow/service-kit/child-program";
import { build } from "esbuild";

/** A program: compiles the task process into the folder (absolute) that is its argument: `main.mjs` and the files beside it. */
const [, , folder] = process.argv;
if (folder === undefined) throw new Error("Which folder?");
await build(
  childProgram({
    main: fileURLToPath(new URL("../child/main.ts", import.meta.url)),
    outdir: folder,
    folder: `new URL("./", import.meta.url).href`,
    resolve: (specifier) => import.meta.resolve(specifier),
  }),
);
