import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { msgid } from "../i18n/msgid.ts";
import badge from "../state/state.module.css";

const STATUS = {
  passed: { label: msgid("Passed"), state: "success", Icon: IconCircleCheckFilled },
  warned: { label: msgid("Warning"), state: "up_for_retry", Icon: IconAlertTriangleFilled },
  failed: { label: msgid("Not passed"), state: "failed", Icon: IconCircleXFilled },
} as const;

export type QualityStatus = keyof typeof STATUS;

/** How quality rules came out, by icon, colour and word. */
export function QualityBadge({ status }: { status: QualityStatus }) {
  const { t } = useTranslation();
  const { label, state, Icon } = STATUS[status];
  return (
    <span className={badge["badge"]} data-state={state}>
      <Icon size={15} aria-hidden />
      {t(label)}
    </span>
  );
}
