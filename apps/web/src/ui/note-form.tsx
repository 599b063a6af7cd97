import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Group, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifyProblem } from "./notify.ts";

interface NoteFormProps {
  readonly note: string | null;
  readonly canEdit: boolean;
  readonly save: (note: string) => Promise<unknown>;
  /** Cached answers that hold the note. */
  readonly queryKey: readonly string[];
}

/** A note that people leave for each other. */
export function NoteForm({ note, canEdit, save, queryKey }: NoteFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [text, setText] = useState(note ?? "");
  const saving = useMutation({
    mutationFn: () => save(text),
    onError: notifyProblem,
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <>
      <Textarea
        aria-label={t("Note")}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={1000}
        value={text}
        readOnly={!canEdit}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {canEdit && (
        <Group justify="end" mt={10}>
          <Button variant="default" disabled={text === (note ?? "")} loading={saving.isPending} onClick={() => saving.mutate()}>
            {t("Save the note")}
          </Button>
        </Group>
      )}
    </>
  );
}
