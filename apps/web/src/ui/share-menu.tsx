import { ActionIcon, Menu } from "@mantine/core";
import { IconLink, IconPrinter, IconShare } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { copyText } from "./download.ts";
import { notifyDone, notifyProblem } from "./notify.ts";

/** Hands the page on: its address holds all that is shown, and on paper it stands without navigation. */
export function ShareMenu() {
  const { t } = useTranslation();
  const copy = () => copyText(window.location.href).then(() => notifyDone(t("Link copied")), notifyProblem);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t("Share")}>
          <IconShare size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconLink size={15} />} onClick={() => void copy()}>
          {t("Copy the link")}
        </Menu.Item>
        <Menu.Item leftSection={<IconPrinter size={15} />} onClick={() => window.print()}>
          {t("Print")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
