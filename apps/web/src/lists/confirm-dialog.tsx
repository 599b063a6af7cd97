import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../ui/problem.tsx";
import classes from "./lists.module.css";

export interface Confirmation {
  readonly title: string;
  readonly text?: string;
  /** What it concerns, one per line. */
  readonly names: readonly string[];
  readonly confirm: string;
  readonly danger?: boolean;
  readonly run: () => Promise<unknown>;
}

/** Says what would be done to what, and does it when told to. A failure stays in the dialog. */
export function ConfirmDialog({ asked, close, children }: { asked: Confirmation; close: () => void; children?: ReactNode }) {
  const { t } = useTranslation();
  const work = useMutation({ mutationFn: asked.run, onSuccess: close });
  return (
    <Modal opened onClose={close} title={asked.title} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack gap="md">
        {asked.text !== undefined && <p className={classes["hint"]}>{asked.text}</p>}
        <ul className={classes["names"]}>
          {asked.names.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
        {children}
        {work.error && (
          <Alert color="red" variant="light" role="alert">
            {problemText(work.error, t)}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={close}>
            {t("Cancel")}
          </Button>
          <Button color={asked.danger ? "red.8" : "iris"} onClick={() => work.mutate()} loading={work.isPending} data-autofocus>
            {asked.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
