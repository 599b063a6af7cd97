import { ActionIcon, Tooltip } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { copyText } from "../ui/download.ts";
import { notifyDone, notifyProblem } from "../ui/notify.ts";
import type { Conf } from "./read-form.ts";

/** A link that opens this form with the values that are filled in now. */
export function CopyLinkButton({ dagId, read }: { dagId: string; read: () => Conf | undefined }) {
  const { t } = useTranslation();
  const copy = () => {
    const conf = read();
    if (conf === undefined) return;
    const page = window.location.pathname.split("/dags/")[0] ?? "";
    const address = `${window.location.origin}${page}/dags/${encodeURIComponent(dagId)}?conf=${encodeURIComponent(JSON.stringify(conf))}`;
    copyText(address).then(() => notifyDone(t("Copied")), notifyProblem);
  };
  return (
    <Tooltip label={t("Copy a link with these values")}>
      <ActionIcon variant="default" size={30} aria-label={t("Copy a link with these values")} onClick={copy}>
        <IconLink size={15} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
