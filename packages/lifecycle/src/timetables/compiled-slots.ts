import { parseCronExpression } from "./cron-expression.ts";
import { cronSlots, type Slots } from "./cron-slots.ts";
import { TimeZone } from "./time-zone.ts";

const compiled = new Map<string, Slots>();
/** Compiled schedules kept; more than any installation has DAGs in use at once, and bounded because specs come and go. */
const COMPILED_LIMIT = 20_000;

/** The slots of cron expressions in a zone, compiled once. @throws PolyflowError `dag_invalid` */
export function slotsOf(expressions: readonly string[], timezone: string): Slots {
  const key = `${timezone}\n${expressions.join("\n")}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const slots = cronSlots(expressions.map(parseCronExpression), TimeZone.of(timezone));
  if (compiled.size >= COMPILED_LIMIT) compiled.clear();
  compiled.set(key, slots);
  return slots;
}
