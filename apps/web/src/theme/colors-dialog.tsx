import { Button, ColorInput, Group, Modal, Stack } from "@mantine/core";
import { INTERFACE_COLORS, type InterfaceColor, type InterfaceColors } from "@polyflow/contracts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { msgid } from "../i18n/msgid.ts";
import { isColor } from "./contrast.ts";
import { isAdjusted } from "./own-colors.ts";
import { useOwnColors } from "./use-own-colors.ts";

const LABELS: Readonly<Record<InterfaceColor, string>> = {
  accent: msgid("Accent"),
  success: msgid("Success"),
  running: msgid("Running"),
  failed: msgid("Failed"),
  queued: msgid("Queued"),
  "up-for-retry": msgid("Up for retry"),
  skipped: msgid("Skipped"),
};

interface Step {
  readonly name: InterfaceColor | "all";
  readonly before: InterfaceColors;
}

/** Colours of one's own; each shows at once, and what is emptied is the product's again. */
export function ColorsDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { own: colors, keep } = useOwnColors();
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const step = (name: Step["name"], next: InterfaceColors) => {
    // Dragging through a colour is one step.
    setSteps((before) => (before.at(-1)?.name === name ? before : [...before, { name, before: colors }]));
    keep(next);
  };
  const change = (name: InterfaceColor, color: string) => {
    const { [name]: former, ...others } = colors;
    if (color === "" && former !== undefined) step(name, others);
    else if (isColor(color) && color !== former) step(name, { ...others, [name]: color });
  };
  const undo = () => {
    keep(steps.at(-1)?.before ?? {});
    setSteps(steps.slice(0, -1));
    setUndone((count) => count + 1);
  };
  // The fields keep what is typed; after a step back they begin anew.
  const [undone, setUndone] = useState(0);
  return (
    <Modal opened onClose={close} title={t("Colours")} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack gap="sm">
        {INTERFACE_COLORS.map((name) => (
          <ColorInput
            key={`${name} ${colors[name] === undefined} ${undone}`}
            label={t(LABELS[name])}
            description={
              isAdjusted(name, colors[name] ?? "#000000") ? t("Too light for text: buttons and links take a darker shade.") : undefined
            }
            format="hex"
            placeholder={t("As it comes")}
            withEyeDropper={false}
            defaultValue={colors[name] ?? ""}
            onChange={(color) => change(name, color)}
          />
        ))}
        <Group justify="end">
          <Button variant="default" me="auto" onClick={undo} disabled={steps.length === 0}>
            {t("Undo")}
          </Button>
          <Button variant="default" onClick={() => step("all", {})} disabled={Object.keys(colors).length === 0}>
            {t("Reset")}
          </Button>
          <Button onClick={close}>{t("Done")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
