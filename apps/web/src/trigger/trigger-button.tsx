import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlayerPlayFilled, IconSettings } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../api/dags.ts";
import { notifyProblem } from "../ui/notify.ts";
import type { Conf } from "./read-form.ts";
import { useTrigger } from "./use-trigger.tsx";

const TriggerDialog = lazy(async () => ({ default: (await import("./trigger-dialog.tsx")).TriggerDialog }));

/** Values of the address that the form opens with, and how to take them out of it. */
interface LinkedConf {
  readonly conf: Conf | undefined;
  readonly forget: () => void;
}

interface TriggerButtonProps {
  readonly dag: UiDag;
  readonly onStarted: (runId: string) => void;
  readonly linked: LinkedConf;
}

/** A process without parameters starts with one click; one with parameters, or a paused one, asks first. */
function useStart(dag: UiDag, { onStarted, linked }: { onStarted?: (runId: string) => void; linked?: LinkedConf } = {}) {
  const [opened, { open, close: closeDialog }] = useDisclosure(linked?.conf !== undefined);
  const close = () => {
    closeDialog();
    if (linked?.conf !== undefined) linked.forget();
  };
  const trigger = useTrigger(dag.dag_id);
  const hasParams = Object.keys(dag.params["properties"] ?? {}).length > 0;
  const start = () => {
    if (hasParams || dag.is_paused) open();
    else trigger.mutate({ conf: {}, unpause: false }, { onError: notifyProblem, onSuccess: (run) => onStarted?.(run.dag_run_id) });
  };
  const dialog = opened && (
    <Suspense>
      <TriggerDialog dag={dag} opened close={close} onStarted={onStarted} conf={linked?.conf} />
    </Suspense>
  );
  return { start, open, dialog, busy: trigger.isPending, hasParams };
}

/** The small button of a row in the list of processes. */
export function TriggerIconButton({ dag }: { dag: UiDag }) {
  const { t } = useTranslation();
  const { start, dialog, busy } = useStart(dag);
  if (!dag.can_trigger) return null;
  return (
    <>
      <Tooltip label={t("Trigger")}>
        <ActionIcon
          variant="subtle"
          size={32}
          onClick={start}
          loading={busy}
          aria-label={t("Trigger {{name}}", { name: dag.dag_display_name })}
        >
          <IconPlayerPlayFilled size={16} />
        </ActionIcon>
      </Tooltip>
      {dialog}
    </>
  );
}

/** The main button of a process's page. */
export function TriggerButton({ dag, onStarted, linked }: TriggerButtonProps) {
  const { t } = useTranslation();
  const { start, open, dialog, busy, hasParams } = useStart(dag, { onStarted, linked });
  if (!dag.can_trigger) return null;
  return (
    <>
      <Button.Group>
        <Button leftSection={<IconPlayerPlayFilled size={14} />} onClick={start} loading={busy}>
          {t("Trigger")}
        </Button>
        {!hasParams && (
          <Tooltip label={t("With more settings…")}>
            <Button
              px={9}
              onClick={open}
              aria-label={t("With more settings…")}
              style={{ borderInlineStart: "1px solid rgb(255 255 255 / 30%)" }}
            >
              <IconSettings size={16} />
            </Button>
          </Tooltip>
        )}
      </Button.Group>
      {dialog}
    </>
  );
}
