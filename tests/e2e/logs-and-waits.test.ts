import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumPath, keepPicture } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { TestProject } from "../harness/project.ts";
import { accessibilityProblems, SignedInBrowser } from "../harness/signed-in-browser.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

/** Longer than what a log opens with. */
const LONG = `import { existsSync } from "node:fs";
import { bash, dag, task, waitSensor } from "@polyflow/sdk";
export const long_log = dag({ id: "long_log" }, () => {
  bash({ id: "count", command: "seq -f 'row %.0f of the count' 25000" });
});
export const report = dag({ id: "report" }, () => {
  task("write", () => ({ rows: 3 }))();
});
export const lost = dag({ id: "lost" }, () => {
  task("load", (_input, context) => {
    if (!existsSync(context.projectDir + "/well")) throw new Error("not well");
  })();
});
export const late = dag({ id: "late", deadlines: [{ name: "long ago", reference: "fixed", at: "2026-01-01T00:00:00Z" }] }, () => {
  waitSensor({ id: "pause", duration: "24h" });
});
`;

/** What starts a process or looks at a system takes its time on a busy machine. */
const PATIENCE = { timeout: 60_000 };

let polyflow: Standalone;
let project: TestProject;
let browser: SignedInBrowser;
let client: RestClient;
/** Of the server whose database `name` holds the metadata. */
let admin: Client;
const name = `t_${randomBytes(6).toString("hex")}`;
const databaseUrl = () => Object.assign(new URL(inject("postgresUrl")), { pathname: `/${name}` }).href;

describe.skipIf(chromiumPath === undefined)(
  "logs, waits and handed-on values (needs the Debian package chromium)",
  { timeout: 180_000 },
  () => {
    beforeAll(async () => {
      project = new TestProject({ "dags/long.ts": LONG });
      admin = new Client(inject("postgresUrl"));
      await admin.connect();
      await admin.query(`create database ${name}`);
      const env = { POLYFLOW__DATABASE__URL: databaseUrl() };
      polyflow = await Standalone.start({ projects: [project.dir], examples: false, env });
      browser = await SignedInBrowser.start(polyflow);
      client = await polyflow.client();
      for (const dagId of ["long_log", "late", "report", "lost"]) {
        await client.waitForDag(dagId);
        await client.request("PATCH", `/api/v2/dags/${dagId}`, { is_paused: false });
      }
    });
    afterAll(async () => {
      await browser.close();
      await polyflow.remove();
      project.remove();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    });
    afterEach(async () => {
      await browser.closePages();
      expect(browser.problems.splice(0)).toEqual([]);
    });

    const english = () => browser.open({ locale: "en-US", colorScheme: "light" });

    test("C2: a long log is searched as a whole, on the server; what stands around a line opens", async () => {
      const runId = await client.trigger("long_log");
      await client.waitForRun("long_log", runId);
      const page = await english();
      await page.goto(`/dags/long_log/runs/${encodeURIComponent(runId)}/tasks/count`);
      await page.getByText(/earlier lines are not shown/).waitFor(PATIENCE);
      await page.getByLabel("Search in the log").fill("row 137 of");
      await page.getByText("1 of 1 found").waitFor(PATIENCE);
      await page.getByRole("log").locator("mark", { hasText: "row 137 of" }).waitFor(PATIENCE);
      expect(await page.getByRole("log").getByText("row 138 of the count").count()).toBe(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole("button", { name: /^Show the lines around line/ }).click();
      await page.getByRole("log").getByText("row 138 of the count").waitFor(PATIENCE);
      await keepPicture(page, "log-search-light-en");
      await page.getByLabel("Search in the log").fill("row 1370");
      await page.getByText("1 of 11 found").waitFor(PATIENCE);
      await page.getByRole("button", { name: "Previous line found" }).click();
      await page.getByText("11 of 11 found").waitFor(PATIENCE);
    });

    test("C5: what waits and which deadlines were missed is listed, with links", async () => {
      await client.trigger("late");
      const page = await english();
      await page.goto("/browse/waits?dag=late");
      const waits = page.getByRole("table", { name: "Triggers and waits" });
      await waits.getByRole("link", { name: "pause" }).waitFor(PATIENCE);
      await waits.getByText("a moment").waitFor(PATIENCE);
      await page.goto("/browse/deadlines?dag=late");
      const deadlines = page.getByRole("table", { name: "Missed deadlines" });
      await deadlines.getByText("long ago").waitFor(PATIENCE);
      await deadlines.getByText("Still running").waitFor(PATIENCE);
      await deadlines.getByRole("link", { name: "late", exact: true }).click();
      await page.waitForURL("**/dags/late");
    });

    test("A14, C5: a task that was given up is listed with the reason, and tried again", async () => {
      const runId = await client.trigger("lost");
      await client.waitForRun("lost", runId);
      const page = await english();
      await page.goto("/browse/dead-letters");
      await page.getByText("No task was given up").waitFor(PATIENCE);
      // what four lost workers leave
      const metadata = new Client(databaseUrl());
      await metadata.connect();
      await metadata.query(
        "update polyflow.task_instance set losses = 4, reason = 'lost with its worker, the 4th loss' where task_id = 'load'",
      );
      await metadata.end();
      await page.goto("/browse/dead-letters?dag=lost");
      const letters = page.getByRole("table", { name: "Dead letters" });
      await letters.getByText("lost with its worker, the 4th loss").waitFor(PATIENCE);
      await letters.getByRole("link", { name: "load" }).waitFor(PATIENCE);
      expect(await accessibilityProblems(page)).toEqual([]);
      await keepPicture(page, "dead-letters-light-en");
      writeFileSync(join(project.dir, "well"), "");
      await page.getByRole("button", { name: "Try again: load" }).click();
      await page.getByRole("dialog", { name: "Try the task again" }).getByRole("button", { name: "Try again" }).click();
      await page.getByText("Nothing matches the filters").waitFor(PATIENCE);
      await eventually(
        "the run to succeed",
        async () => {
          const { state } = await client.request<{ state: string }>("GET", `/api/v2/dags/lost/dagRuns/${encodeURIComponent(runId)}`);
          return state === "success" ? true : undefined;
        },
        { withinMs: 60_000 },
      );
    });

    test("C4, D5: a handed-on value is changed and deleted, and the audit log knows who did it", async () => {
      const runId = await client.trigger("report");
      await client.waitForRun("report", runId);
      const page = await english();
      await page.goto(`/admin/xcoms?dag=report&run=${encodeURIComponent(runId)}`);
      await page.getByRole("button", { name: "Show the value of return_value" }).click();
      await page.getByRole("button", { name: "Edit return_value" }).click();
      const value = page.getByLabel("Value (JSON)");
      await value.fill('{"rows": ');
      expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
      await value.fill('{"rows": 42}');
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("dialog").getByText('"rows": 42').waitFor(PATIENCE);
      await page.getByRole("button", { name: "Delete return_value" }).click();
      await page.getByRole("dialog", { name: "Delete the value" }).getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText("Nothing matches the filters").waitFor(PATIENCE);
      const { event_logs: events } = await client.request<{ event_logs: { event: string; owner: string }[] }>(
        "GET",
        "/api/v2/eventLogs?dag_id=report&order_by=-when&limit=20",
      );
      expect(events.filter(({ event }) => event.endsWith("_xcom")).map(({ event, owner }) => [event, owner])).toEqual([
        ["delete_xcom", "admin"],
        ["edit_xcom", "admin"],
      ]);
    });
  },
);
