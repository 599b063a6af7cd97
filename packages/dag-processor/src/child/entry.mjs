// Plain JavaScript, since the first `.ts` file that a process imports makes Node load its type stripper: about 90 ms and 35 MB in every
// process. The parent sends the JavaScript of our own files instead; what it did not know is named to it, and known to the next process.
import { registerHooks } from "node:module";

const send = process.send.bind(process);

process.once("message", async ({ mainUrl, files }) => {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = /^\.\.?\//.test(specifier) && context.parentURL in files ? new URL(specifier, context.parentURL).href : specifier;
      return url in files ? { url, format: "module", shortCircuit: true } : nextResolve(specifier, context);
    },
    load(url, context, nextLoad) {
      const source = files[url];
      if (source !== undefined) return { format: "module", source, shortCircuit: true };
      if (url.startsWith("file:") && url.endsWith(".ts")) send({ kind: "uncompiled", url });
      return nextLoad(url, context);
    },
  });
  await import(mainUrl);
});
