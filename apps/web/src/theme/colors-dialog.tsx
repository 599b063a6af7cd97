import { Button, ColorInput, Group, Modal, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { msgid } from "../i18n/msgid.ts";
import { isColor } from "./contrast.ts";
import { COLORED, type Colored, isAdjusted } from "./own-colors.ts";
import { useOwnColors } from "./use-own-colors.ts";

const LABELS: Readonly<Record<Colored, string>> = {
  accent: msgid("Accent"),
  success: msgid("Success"),
  running: msgid("Running"),
  failed: msgid("Failed"),
  queued: msgid("Queued"),
  "up-for-retry": msgid("Up for retry"),
  skipped: msgid("Skipped"),
};

/** Colours of one's own; each shows at once, and what is emptied is the product's again. */
export function ColorsDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [colors, keep] = useOwnColors();
  const change = (name: Colored, color: string) => {
    const { [name]: _before, ...others } = colors;
    if (color === "") keep(others);
    else if (isColor(color)) keep({ ...others, [name]: color });
  };
  return (
    <Modal opened onClose={close} title={t("Colours")} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack gap="sm">
        {COLORED.map((name) => (
          <ColorInput
            key={`${name} ${colors[name] === undefined}`}
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
          <Button variant="default" onClick={() => keep({})} disabled={Object.keys(colors).length === 0}>
            {t("Reset")}
          </Button>
          <Button onClick={close}>{t("Done")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
