import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import type { Standalone } from "./standalone.ts";

/** The browser writes down every refusal of the server; those that a test provokes are checked by what the page shows. */
const EXPECTED = /status of 4\d\d/;

/** A browser whose windows are signed in as the administrator; errors of its pages are kept. */
export class SignedInBrowser {
  readonly #browser: Browser;
  readonly #polyflow: Standalone;
  #session: Parameters<BrowserContext["addCookies"]>[0] | undefined;
  /** Errors that pages threw or wrote to their console. */
  readonly problems: string[] = [];

  private constructor(browser: Browser, polyflow: Standalone) {
    this.#browser = browser;
    this.#polyflow = polyflow;
  }

  static async start(polyflow: Standalone): Promise<SignedInBrowser> {
    return new SignedInBrowser(await launchBrowser(), polyflow);
  }

  async open(options: BrowserContextOptions): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 860 },
      baseURL: this.#polyflow.url,
      reducedMotion: "reduce",
      timezoneId: "Europe/Moscow",
      ...options,
    });
    context.setDefaultTimeout(30_000);
    await this.#signIn(context);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.problems.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED.test(message.text())) this.problems.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  }

  /** Closes all windows; the browser stays. */
  async closePages(): Promise<void> {
    for (const context of this.#browser.contexts()) await context.close();
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  /** One session for all windows: the server lets nobody try passwords without end. */
  async #signIn(context: BrowserContext): Promise<void> {
    if (this.#session !== undefined) return context.addCookies(this.#session);
    const answer = await context.request.post("/ui/session", { data: { username: "admin", password: this.#polyflow.adminPassword() } });
    if (!answer.ok()) throw new Error(`sign-in answered ${answer.status()}: ${await answer.text()}`);
    this.#session = await context.cookies();
  }
}

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * What axe finds wrong with the page by WCAG 2.2 AA, in one line each. It reads a page for half a second: what it found is looked at once more,
 * so that a button which became usable meanwhile is not judged by the colours that it had before.
 */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  const first = await problemsNow(page);
  return first.length === 0 ? first : problemsNow(page);
}

async function problemsNow(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}
