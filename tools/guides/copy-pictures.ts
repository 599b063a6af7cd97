/**
 * Copies the pictures that the user guide shows from what the browser tests keep in test-results/:
 * `npm test -- tests/e2e/administration.test.ts`, then `node tools/bootstrap/run.mjs tools/guides/copy-pictures.ts`.
 */
import { copyFile, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

const FROM = "test-results";
const TO = "docs/user/pictures";
/** The guide's pages name pictures like `![…](pictures/runs-light-en-1280.png)`. */
const PICTURE = /\(pictures\/([\w-]+\.png)\)/g;
const MOST_BYTES = 3_000_000;

const pages = (await readdir("docs/user")).filter((name) => name.endsWith(".md"));
const texts = await Promise.all(pages.map((name) => readFile(join("docs/user", name), "utf8")));
const names = [...new Set(texts.flatMap((text) => [...text.matchAll(PICTURE)].map((match) => match[1] ?? "")))];
await mkdir(TO, { recursive: true });
let bytes = 0;
for (const name of names) {
  await copyFile(join(FROM, name), join(TO, name));
  bytes += (await stat(join(TO, name))).size;
}
if (bytes > MOST_BYTES) throw new Error(`The pictures have ${bytes} bytes together; the guide keeps to ${MOST_BYTES}. Show fewer.`);
console.log(`${names.length} pictures, ${Math.round(bytes / 1000)} kB`);
