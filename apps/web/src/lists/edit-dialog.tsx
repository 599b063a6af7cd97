import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../ui/problem.tsx";

interface EditDialogProps {
  readonly title: string;
  readonly close: () => void;
  /** Saves what the fields hold; its failure stays in the dialog. Undefined: something is not filled in yet. */
  readonly save: (() => Promise<unknown>) | undefined;
  readonly submit: string;
  readonly size?: string;
  /** Beside the buttons. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A form in a dialog: Enter saves, Escape leaves it. */
export function EditDialog({ title, close, save, submit, size = "md", aside, children }: EditDialogProps) {
  const { t } = useTranslation();
  const work = useMutation({ mutationFn: async () => save?.(), onSuccess: close });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (save !== undefined) work.mutate();
  };
  return (
    <Modal opened onClose={close} title={title} size={size} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={send}>
        <Stack gap="md">
          {children}
          {work.error && (
            <Alert color="red" variant="light" role="alert">
              {problemText(work.error, t)}
            </Alert>
          )}
          <Group justify="end">
            {aside}
            <Button variant="default" onClick={close}>
              {t("Cancel")}
            </Button>
            <Button type="submit" loading={work.isPending} disabled={save === undefined}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
