import { quantile, short } from "../statistics.ts";
import type { OpenContext } from "./pages.ts";
import { LOG_RUN } from "./seed.ts";

const LOG_PATH = `/dags/${LOG_RUN.dagId}/runs/${LOG_RUN.runId}/tasks/${LOG_RUN.taskId}`;
/** Stands once in the log, in its first hundredth. */
const EARLY_TEXT = "line 4242: ";
const WHEEL_STEPS = 120;
const WHEEL_PIXELS = 900;

const RECORD_FRAMES = `
  window.frames_ms = [];
  let last = performance.now();
  requestAnimationFrame(function next(now) {
    window.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(next);
  });`;

/** How a log of a million lines reads in the browser. */
export interface LogReading {
  /** Time between two frames while the wheel turns. */
  readonly frameP50Ms: number;
  readonly frameP95Ms: number;
  readonly worstFrameMs: number;
  /** From the last letter typed to the first line found, which is far before what the browser holds. */
  readonly searchMs: number;
  /** JavaScript heap of the tab afterwards. */
  readonly heapMegabytes: number;
  /** Lines that are elements of the page, of all that can be scrolled to. */
  readonly elements: number;
}

/** Opens the log, turns the wheel up through it, and looks for a line of its beginning. */
export async function measureLogReading(open: OpenContext): Promise<LogReading> {
  const context = await open();
  const page = await context.newPage();
  try {
    await page.goto(LOG_PATH);
    await page.locator("[data-log-line]").first().waitFor({ timeout: 60_000 });
    await page.getByRole("log").hover();
    await page.evaluate(RECORD_FRAMES);
    for (let step = 0; step < WHEEL_STEPS; step++) await page.mouse.wheel(0, step < WHEEL_STEPS / 2 ? -WHEEL_PIXELS : WHEEL_PIXELS);
    const frames = (await page.evaluate<number[]>("window.frames_ms")).slice(1);
    const elements = await page.locator("[data-log-line]").count();
    const typedMs = performance.now();
    await page.getByLabel("Search in the log").fill(EARLY_TEXT);
    await page.locator("[data-log-line]", { hasText: EARLY_TEXT }).first().waitFor({ timeout: 60_000 });
    const searchMs = performance.now() - typedMs;
    const heapBytes = await page.evaluate<number>("performance.memory.usedJSHeapSize");
    return {
      frameP50Ms: short(quantile(frames, 0.5)),
      frameP95Ms: short(quantile(frames, 0.95)),
      worstFrameMs: short(quantile(frames, 1)),
      searchMs: short(searchMs),
      heapMegabytes: Math.round(heapBytes / 1_048_576),
      elements,
    };
  } finally {
    await context.close();
  }
}
