import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type FixtureServer, startFixtureServer } from "../../fixtures/fixture-server.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PICTURES = resolve(ROOT, "../../test-results/web");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of the machine's Chromium; undefined where there is none. */
export const chromiumPath: string | undefined = EXECUTABLES.find(existsSync);

/** The browser writes down answers 401 (how the page learns that nobody is signed in) and a network that is switched off. */
const EXPECTED_MESSAGES = /401|ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION/;

export interface Look {
  readonly language: "ru" | "en";
  readonly scheme: "light" | "dark";
  readonly width?: number;
}

/** The interface as it is built for users, before a server with made-up data, in a real browser. */
export class InterfaceUnderTest {
  readonly #folder: string;
  readonly #browser: Browser;
  readonly server: FixtureServer;
  /** Errors that any page has thrown or written to its console. */
  readonly problems: string[] = [];

  constructor(folder: string, browser: Browser, server: FixtureServer) {
    this.#folder = folder;
    this.#browser = browser;
    this.server = server;
  }

  static async start(): Promise<InterfaceUnderTest> {
    if (chromiumPath === undefined) throw new Error("needs Chromium (Debian package chromium)");
    const folder = mkdtempSync(join(tmpdir(), "polyflow-web-"));
    // In a process of its own, as users' builds are: the test runner's environment would make it a development build.
    const vite = join(ROOT, "../../node_modules/vite/bin/vite.js");
    const environment = { ...process.env, NODE_ENV: "production" };
    execFileSync(process.execPath, [vite, "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"], {
      cwd: ROOT,
      env: environment,
    });
    const server = await startFixtureServer({ port: 0, folder });
    const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS });
    return new InterfaceUnderTest(folder, browser, server);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** A new browser window; signed in unless told otherwise. Reduced motion, so that pictures do not depend on chance. */
  async window(look: Look, options: { readonly signedIn: boolean } = { signedIn: true }): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      viewport: { width: look.width ?? 1280, height: 800 },
      locale: look.language === "ru" ? "ru-RU" : "en-GB",
      timezoneId: "Europe/Moscow",
      colorScheme: look.scheme,
      reducedMotion: "reduce",
      baseURL: this.server.url,
    });
    if (options.signedIn) await context.addCookies([{ name: "fixture", value: "1", url: this.server.url }]);
    context.on("page", (page) => {
      page.on("pageerror", (error) => this.problems.push(`${page.url()}: ${error.stack ?? error.message}`));
      page.on("console", (message) => {
        if (message.type() === "error" && !EXPECTED_MESSAGES.test(message.text())) this.problems.push(`${page.url()}: ${message.text()}`);
      });
    });
    return context;
  }
}

/** What axe finds wrong with the page by WCAG 2.2 AA, in one line each. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const checker = new AxeBuilder({ page }).withTags(tags);
  // What lies behind an open dialog cannot be reached; axe would call its buttons too small where the dialog covers them.
  const dialog = "[role=dialog][aria-modal=true]";
  if (await page.locator(dialog).first().isVisible()) checker.include(dialog);
  const { violations } = await checker.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}

/** Keeps a picture of the page in test-results/web, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
