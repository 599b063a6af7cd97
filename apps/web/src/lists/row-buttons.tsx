import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface RowButtonsProps {
  readonly name: string;
  readonly edit?: (() => void) | undefined;
  readonly remove?: (() => void) | undefined;
}

/** Edit and delete at the end of a row, as far as the user may. */
export function RowButtons({ name, edit, remove }: RowButtonsProps) {
  const { t } = useTranslation();
  return (
    <ActionIcon.Group style={{ justifyContent: "end" }}>
      {edit && (
        <Tooltip label={t("Edit")}>
          <ActionIcon variant="subtle" onClick={edit} aria-label={t("Edit {{name}}", { name })}>
            <IconPencil size={17} />
          </ActionIcon>
        </Tooltip>
      )}
      {remove && (
        <Tooltip label={t("Delete")}>
          <ActionIcon variant="subtle" color="red.8" onClick={remove} aria-label={t("Delete {{name}}", { name })}>
            <IconTrash size={17} />
          </ActionIcon>
        </Tooltip>
      )}
    </ActionIcon.Group>
  );
}
