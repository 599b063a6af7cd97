import { Button, Group, Modal, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DiffView } from "../../code-editor/diff-view.tsx";

interface ConflictDialogProps {
  readonly path: string;
  readonly mine: string;
  readonly theirs: string;
  readonly resolve: (take: "theirs" | "mine") => void;
}

/** Two people have changed the file: shows the difference and asks which one goes on. Nothing is saved by the choice. */
export function ConflictDialog({ path, mine, theirs, resolve }: ConflictDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={() => resolve("mine")}
      size="90%"
      title={t("Somebody else has changed this file")}
      closeButtonProps={{ "aria-label": t("Close") }}
    >
      <Stack>
        <p style={{ margin: 0 }}>{t("Below: what your text would change in theirs. Nothing has been saved yet.")}</p>
        <DiffView path={path} before={theirs} after={mine} />
        <Group justify="end">
          <Button variant="default" onClick={() => resolve("theirs")}>
            {t("Take their text")}
          </Button>
          <Button onClick={() => resolve("mine")}>{t("Go on with mine")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
