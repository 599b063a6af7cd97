import { Collapse, Group, Stack, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunSettings } from "./use-trigger-form.ts";

interface MoreSettingsProps {
  readonly initiallyOpen: boolean;
  readonly settings: RunSettings;
  readonly change: (part: Partial<RunSettings>) => void;
}

/** What most people leave alone: logical date, run id, note. */
export function MoreSettings({ initiallyOpen, settings, change }: MoreSettingsProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(initiallyOpen);
  return (
    <div>
      <UnstyledButton onClick={() => setOpen(!isOpen)} aria-expanded={isOpen} c="dimmed" fz="sm">
        <Group gap={4}>
          <IconChevronDown size={16} style={{ transform: isOpen ? "rotate(180deg)" : undefined }} aria-hidden />
          {t("Logical date, run id and note")}
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Stack gap="md" pt="md">
          <TextInput
            type="datetime-local"
            label={t("Logical date")}
            description={t("The moment the run stands for; without it the run stands for none.")}
            value={settings.logicalDate}
            onChange={(event) => change({ logicalDate: event.currentTarget.value })}
          />
          <TextInput
            label={t("Run id")}
            description={t("Made from the time when left empty")}
            value={settings.runId}
            onChange={(event) => change({ runId: event.currentTarget.value })}
          />
          <Textarea
            label={t("Note")}
            autosize
            minRows={2}
            maxRows={6}
            value={settings.note}
            onChange={(event) => change({ note: event.currentTarget.value })}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
