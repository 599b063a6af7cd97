import { PolyflowError } from "@polyflow/contracts";
import type { UiCalendar } from "@polyflow/contracts/wire";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App, ServerContext } from "../server-context.ts";
import { comingRuns } from "../records/coming-runs.ts";

const DAY_MS = 86_400_000;
/** Coming runs that are shown, whichever limit comes first. */
const MOST_PLANNED = 400;

const query = z.strictObject({
  year: z.coerce.number().int().min(1970).max(9999),
  timezone: z.string().max(100).default("UTC"),
});

/** A year of a DAG's runs by day, as the reader's calendar has days, and the runs that are to come in it. */
export function addUiCalendarRoute(app: App, { store, clock }: ServerContext): void {
  app.get(
    "/dags/:dag_id/calendar",
    { config: { policy: onDag("read", "DAG Runs") }, schema: { hide: true, params: dagPath, querystring: query } },
    async (request): Promise<UiCalendar> => {
      const { year, timezone } = request.query;
      const dayOf = dayFormat(timezone);
      const dag = await existingDag(store, request.params.dag_id);
      // A day more on either side: the year begins at another instant in each zone. What is of another year is left out below.
      const range = { from: new Date(Date.UTC(year, 0, 1) - DAY_MS), until: new Date(Date.UTC(year + 1, 0, 1) + DAY_MS), timezone };
      const days = await store.runs.runsByDay(dag.dagId, range);
      const planned: Record<string, number> = {};
      const coming = dag.isActive && !dag.isPaused ? comingRuns(dag, new Date(clock.now()), MOST_PLANNED).map((run) => run.runAfter) : [];
      for (const instant of coming) {
        const day = dayOf(instant);
        if (day.startsWith(`${year}-`)) planned[day] = (planned[day] ?? 0) + 1;
      }
      return {
        days: days.filter(({ day }) => day.startsWith(`${year}-`)).map(({ day, states }) => ({ day, states: { ...states } })),
        planned,
      };
    },
  );
}

function dayFormat(timeZone: string): (instant: Date) => string {
  try {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    return (instant) => format.format(instant);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PolyflowError("request_invalid", `"${timeZone}" is no time zone. Use a name such as "Europe/Moscow".`);
  }
}
