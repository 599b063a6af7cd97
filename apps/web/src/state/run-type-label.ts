import type { DagRunType } from "@polyflow/contracts";
import { msgid } from "../i18n/msgid.ts";

/** What made a run. */
export const RUN_TYPE_LABELS: Readonly<Record<DagRunType, string>> = {
  manual: msgid("By hand"),
  scheduled: msgid("By schedule"),
  backfill: msgid("Backfill"),
  asset_triggered: msgid("By data"),
};
