import {
  IconAlertTriangleFilled,
  IconCalendarTime,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleXFilled,
  IconClockPause,
  IconHourglass,
  IconLoader2,
  IconPlayerSkipForwardFilled,
  IconRefresh,
  IconReload,
  IconRotateClockwise,
} from "@tabler/icons-react";
import type { State } from "./state-label.ts";
import classes from "./state.module.css";

const ICONS = {
  success: IconCircleCheckFilled,
  running: IconLoader2,
  failed: IconCircleXFilled,
  queued: IconHourglass,
  scheduled: IconCalendarTime,
  up_for_retry: IconRotateClockwise,
  up_for_reschedule: IconReload,
  upstream_failed: IconAlertTriangleFilled,
  skipped: IconPlayerSkipForwardFilled,
  deferred: IconClockPause,
  removed: IconCircleMinus,
  restarting: IconRefresh,
  none: IconCircleDashed,
} as const satisfies Readonly<Record<State, unknown>>;

/** A state's shape, so that it never rests on colour alone. The name stands beside it or in the label of what holds it. */
export function StateIcon({ state, size = 16 }: { state: State; size?: number }) {
  const Icon = ICONS[state];
  return (
    <Icon size={size} data-state={state} className={`${classes["icon"]} ${state === "running" ? classes["spinning"] : ""}`} aria-hidden />
  );
}
