import { Alert, Button, Checkbox, Group, Modal, SegmentedControl, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../api/dags.ts";
import { problemText } from "../ui/problem.tsx";
import { CopyLinkButton } from "./copy-link-button.tsx";
import { MoreSettings } from "./more-settings.tsx";
import { ParamsEditor } from "./params-editor.tsx";
import type { Conf } from "./read-form.ts";
import { RecentValues } from "./recent-values.tsx";
import { type FormMode, useTriggerForm } from "./use-trigger-form.ts";

interface TriggerDialogProps {
  readonly dag: UiDag;
  readonly opened: boolean;
  readonly close: () => void;
  readonly onStarted?: ((runId: string) => void) | undefined;
  /** Values to begin with, of the run that is to be repeated. */
  readonly conf?: Conf | undefined;
}

/** Asks for a run's parameters by the process's own schema, and for what a run may be given besides. */
export function TriggerDialog({ opened, close, ...form }: TriggerDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("Start {{name}}", { name: form.dag.dag_display_name })}
      size="lg"
      closeButtonProps={{ "aria-label": t("Close") }}
    >
      <TriggerForm {...form} close={close} />
    </Modal>
  );
}

function TriggerForm({ dag, close, onStarted, conf }: Omit<TriggerDialogProps, "opened">) {
  const { t } = useTranslation();
  const form = useTriggerForm(dag, conf);
  const [unpause, setUnpause] = useState(dag.is_paused);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    form.submit(dag.is_paused && unpause, (run) => {
      close();
      onStarted?.(run);
    });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Group justify="space-between">
          <SegmentedControl
            size="xs"
            aria-label={t("How to give the parameters")}
            value={form.mode}
            onChange={(mode) => form.setMode(mode as FormMode)}
            data={[
              { value: "form", label: t("Form") },
              { value: "json", label: t("JSON") },
            ]}
          />
          <Group gap="xs">
            <CopyLinkButton dagId={dag.dag_id} read={form.read} />
            <RecentValues dagId={dag.dag_id} choose={form.fill} />
          </Group>
        </Group>
        <ParamsEditor dagId={dag.dag_id} form={form} />
        {dag.is_paused && (
          <Checkbox
            checked={unpause}
            onChange={(event) => setUnpause(event.currentTarget.checked)}
            label={t("Switch the process on")}
            description={t("It is paused: without this the run waits until somebody switches it on.")}
          />
        )}
        <MoreSettings initiallyOpen={form.fields.length === 0} settings={form.settings} change={form.changeSettings} />
        {form.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {problemText(form.error, t)}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={close}>
            {t("Cancel")}
          </Button>
          <Button type="submit" loading={form.isPending}>
            {t("Trigger")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
