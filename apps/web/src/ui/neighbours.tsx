import { ActionIcon, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface NeighboursProps {
  /** Undefined where there is none in that direction. */
  readonly previous: (() => void) | undefined;
  readonly next: (() => void) | undefined;
  readonly labels: { readonly previous: string; readonly next: string };
  /** Keys that do the same, e.g. `["[", "]"]`. */
  readonly keys: readonly [previous: string, next: string];
}

/** To what stands before and after in the same order, by click or by key. */
export function Neighbours({ previous, next, labels, keys }: NeighboursProps) {
  useHotkeys([
    [keys[0], () => previous?.()],
    [keys[1], () => next?.()],
  ]);
  return (
    <ActionIcon.Group>
      <Step act={previous} label={labels.previous} hotkey={keys[0]}>
        <IconChevronLeft size={18} />
      </Step>
      <Step act={next} label={labels.next} hotkey={keys[1]}>
        <IconChevronRight size={18} />
      </Step>
    </ActionIcon.Group>
  );
}

function Step({ act, label, hotkey, children }: { act: (() => void) | undefined; label: string; hotkey: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={t("{{label}}, key {{hotkey}}", { label, hotkey })}>
      <ActionIcon variant="default" size={36} aria-label={label} aria-keyshortcuts={hotkey} disabled={act === undefined} onClick={act}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
