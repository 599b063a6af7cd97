import { Kbd, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import classes from "./palette-button.module.css";

const CommandPalette = lazy(async () => ({ default: (await import("./command-palette.tsx")).CommandPalette }));

/** Opens the command palette; so does Ctrl-K from anywhere, fields of text included. */
export function PaletteButton() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([["mod+K", open]], []);
  return (
    <>
      <UnstyledButton className={classes["button"]} onClick={open}>
        <IconSearch size={16} aria-hidden />
        {t("Search…")}
        <Kbd size="xs" className={classes["key"] ?? ""}>
          {t("Ctrl K")}
        </Kbd>
      </UnstyledButton>
      {opened && (
        <Suspense>
          <CommandPalette close={close} />
        </Suspense>
      )}
    </>
  );
}
