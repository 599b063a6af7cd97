import { Alert, Button, Group } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { copyText } from "../../../ui/download.ts";
import { notifyDone } from "../../../ui/notify.ts";
import classes from "./designer.module.css";
import type { Designer } from "./use-designer.ts";

/** What was saved, and what to do with it now. */
export function NextSteps({ designer: { design, draft }, files }: { designer: Designer; files: readonly string[] }) {
  const { t } = useTranslation();
  if (design === undefined || draft === undefined) return null;
  const { name } = draft.layout;
  const hasFlow = draft.target !== undefined;
  const command = hasFlow ? `polyflow df plan ${name}` : `polyflow df preview ${name}`;
  return (
    <Alert color="iris" variant="light" icon={<IconCheck />} role="status" title={t("Saved: {{files}}", { files: files.join(", ") })}>
      <p className={classes["step"]}>
        {hasFlow
          ? t("The flow is described. This shows what its load would do, without doing it:")
          : t("This shows the first rows on the command line; a flow says which table they go to:")}
      </p>
      <Group gap="xs">
        <code className={classes["command"]}>{command}</code>
        <Button size="compact-sm" variant="default" onClick={() => void copyText(command).then(() => notifyDone(t("Copied")))}>
          {t("Copy")}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          renderRoot={(props) => <Link {...props} to="/data/sources/$project/$source" params={{ project: design.project, source: name }} />}
        >
          {t("Show the source")}
        </Button>
      </Group>
      {hasFlow && (
        <p className={classes["step"]}>
          {t("In a project with {{maker}} the flow has a DAG of its own: start it there. Otherwise use {{load}} in a DAG.", {
            maker: "flowDags()",
            load: "load({ flow })",
          })}
        </p>
      )}
    </Alert>
  );
}
