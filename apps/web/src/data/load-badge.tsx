import { IconCircleCheckFilled, IconCircleXFilled, IconHistory } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { DataLoad } from "../api/data.ts";
import { msgid } from "../i18n/msgid.ts";
import badge from "../state/state.module.css";

const STATUS = {
  loaded: { label: msgid("Loaded"), state: "success", Icon: IconCircleCheckFilled },
  failed: { label: msgid("Failed"), state: "failed", Icon: IconCircleXFilled },
  superseded: { label: msgid("Loaded again since"), state: "none", Icon: IconHistory },
} as const;

/** How a load ended. */
export function LoadBadge({ status }: { status: DataLoad["status"] }) {
  const { t } = useTranslation();
  const { label, state, Icon } = STATUS[status];
  return (
    <span className={badge["badge"]} data-state={state}>
      <Icon size={15} aria-hidden />
      {t(label)}
    </span>
  );
}
