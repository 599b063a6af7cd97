import { Alert, Button, Checkbox, Collapse, Group, Modal, Stack, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../api/dags.ts";
import { problemText } from "../ui/problem.tsx";
import { ParamControl } from "./param-control.tsx";
import { type FieldProblem, type FieldValues, paramFields, readForm } from "./params-form.ts";
import { useTrigger } from "./use-trigger.tsx";

interface TriggerDialogProps {
  readonly dag: UiDag;
  readonly opened: boolean;
  readonly close: () => void;
  readonly onStarted?: ((runId: string) => void) | undefined;
}

/** Asks for a run's parameters by the process's own schema, and for what a run may be given besides. */
export function TriggerDialog({ dag, opened, close, onStarted }: TriggerDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("Start {{name}}", { name: dag.dag_display_name })}
      size="lg"
      closeButtonProps={{ "aria-label": t("Close") }}
    >
      <TriggerForm dag={dag} opened={opened} close={close} onStarted={onStarted} />
    </Modal>
  );
}

function TriggerForm({ dag, close, onStarted }: TriggerDialogProps) {
  const { t } = useTranslation();
  const fields = useMemo(() => paramFields(dag.params), [dag.params]);
  const [values, setValues] = useState<FieldValues>({});
  const [problems, setProblems] = useState<Readonly<Record<string, FieldProblem>>>({});
  const [unpause, setUnpause] = useState(dag.is_paused);
  const [more, setMore] = useState(fields.length === 0);
  const [runId, setRunId] = useState("");
  const [note, setNote] = useState("");
  const trigger = useTrigger(dag.dag_id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const form = readForm(fields, values);
    setProblems(form.problems);
    if (Object.keys(form.problems).length > 0) return;
    trigger.mutate(
      { conf: form.conf, runId: runId.trim() || undefined, note: note.trim() || undefined, unpause: dag.is_paused && unpause },
      {
        onSuccess: (run) => {
          close();
          onStarted?.(run.dag_run_id);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {fields.map((field) => (
          <ParamControl
            key={field.name}
            field={field}
            value={values[field.name] ?? field.initial}
            problem={problems[field.name]}
            change={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        {dag.is_paused && (
          <Checkbox
            checked={unpause}
            onChange={(event) => setUnpause(event.currentTarget.checked)}
            label={t("Switch the process on")}
            description={t("It is paused: without this the run waits until somebody switches it on.")}
          />
        )}
        {fields.length > 0 && (
          <UnstyledButton onClick={() => setMore(!more)} aria-expanded={more} c="dimmed" fz="sm">
            <Group gap={4}>
              <IconChevronDown size={16} style={{ transform: more ? "rotate(180deg)" : undefined }} aria-hidden />
              {t("Run id and note")}
            </Group>
          </UnstyledButton>
        )}
        <Collapse expanded={more}>
          <Stack gap="md">
            <TextInput
              label={t("Run id")}
              description={t("Made from the time when left empty")}
              value={runId}
              onChange={(event) => setRunId(event.currentTarget.value)}
            />
            <Textarea
              label={t("Note")}
              autosize
              minRows={2}
              maxRows={6}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
          </Stack>
        </Collapse>
        {trigger.error && (
          <Alert color="red" variant="light" role="alert">
            {problemText(trigger.error, t)}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={close}>
            {t("Cancel")}
          </Button>
          <Button type="submit" loading={trigger.isPending}>
            {t("Trigger")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
