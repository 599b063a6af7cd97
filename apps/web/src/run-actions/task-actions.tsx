import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconEraser } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ActionTarget, TaskAction } from "../api/task-actions.ts";
import { StateIcon } from "../state/state-icon.tsx";
import { TaskActionDialog } from "./task-action-dialog.tsx";

/** What can be done with a task of a run. Each opens a dialog that shows what it would touch. */
export function TaskActions({ target, size = "sm" }: { target: ActionTarget; size?: "xs" | "sm" }) {
  const { t } = useTranslation();
  const [action, setAction] = useState<TaskAction | null>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" size={size} rightSection={<IconChevronDown size={15} />}>
            {t("Mark as")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<StateIcon state="success" />} onClick={() => setAction("success")}>
            {t("Success…")}
          </Menu.Item>
          <Menu.Item leftSection={<StateIcon state="failed" />} onClick={() => setAction("failed")}>
            {t("Failed…")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button variant="default" size={size} leftSection={<IconEraser size={16} />} onClick={() => setAction("clear")}>
        {t("Clear…")}
      </Button>
      {action && <TaskActionDialog action={action} target={target} close={() => setAction(null)} />}
    </>
  );
}
