import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const PICTURES: string = resolve(import.meta.dirname, "../../test-results");

/** Path of the machine's Chromium; undefined where there is none. */
export const chromiumPath: string | undefined = EXECUTABLES.find(existsSync);

export async function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("needs Chromium (Debian package chromium)");
  return await chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS });
}

/** Keeps a picture of the page in test-results/, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: false });
}
