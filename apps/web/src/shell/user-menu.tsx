import { Avatar, Popover, Divider, Button, SegmentedControl, UnstyledButton, VisuallyHidden, useMantineColorScheme } from "@mantine/core";
import { IconLogout, IconPalette, IconSelector } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery, signOut } from "../api/session.ts";
import { useTimeZoneMode } from "../format/format-provider.tsx";
import { chooseLanguage } from "../i18n/i18n.ts";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from "../i18n/language.ts";
import { notifyProblem } from "../ui/notify.ts";
import classes from "./shell.module.css";

const ColorsDialog = lazy(async () => ({ default: (await import("../theme/colors-dialog.tsx")).ColorsDialog }));

/** Who is signed in, and what they choose for themselves: language, theme, time zone. */
export function UserMenu() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [zoneMode, setZoneMode] = useTimeZoneMode();
  const [menuOpened, openMenu] = useState(false);
  const [colorsOpened, openColors] = useState(false);
  const menuButton = useRef<HTMLButtonElement>(null);
  if (!session) return null;
  const leave = () => {
    signOut().then(() => navigate({ to: "/sign-in" }), notifyProblem);
  };
  const showColors = () => {
    openMenu(false);
    openColors(true);
  };
  const closeColors = () => {
    openColors(false);
    // The button that opened the dialog has gone with the menu.
    menuButton.current?.focus();
  };
  return (
    <>
      {colorsOpened && (
        <Suspense>
          <ColorsDialog close={closeColors} />
        </Suspense>
      )}
      <Popover opened={menuOpened} onChange={openMenu} position="top-start" width={264} radius="lg" shadow="lg" trapFocus>
        <Popover.Target>
          <UnstyledButton ref={menuButton} className={classes["user"]} onClick={() => openMenu(!menuOpened)}>
            <Avatar name={session.displayName} color="iris" size={30} radius="xl" aria-hidden />
            <span className={classes["who"]}>
              <span className={classes["name"]}>{session.displayName}</span>
              <span className={classes["roles"]}>{session.roles.join(", ")}</span>
            </span>
            <VisuallyHidden>{t("Account and settings")}</VisuallyHidden>
            <IconSelector size={16} aria-hidden />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown p={4} aria-label={t("Settings")}>
          <Choice
            label={t("Language")}
            value={i18n.language}
            options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
            choose={(value) => {
              if (isLanguage(value)) chooseLanguage(value).catch(notifyProblem);
            }}
          />
          <Choice
            label={t("Theme")}
            value={colorScheme}
            options={[
              { value: "light", label: t("Light") },
              { value: "dark", label: t("Dark") },
              { value: "auto", label: t("Auto") },
            ]}
            choose={(value) => setColorScheme(value === "light" || value === "dark" ? value : "auto")}
          />
          <Choice
            label={t("Time zone")}
            value={zoneMode}
            options={[
              { value: "local", label: t("Local", { context: "time" }) },
              { value: "utc", label: "UTC" },
              { value: "server", label: t("Server", { context: "time" }) },
            ]}
            choose={setZoneMode}
          />
          <Divider my={4} />
          <Button variant="subtle" color="gray" fullWidth justify="start" leftSection={<IconPalette size={16} />} onClick={showColors}>
            {t("Colours…")}
          </Button>
          <Button variant="subtle" color="gray" fullWidth justify="start" leftSection={<IconLogout size={16} />} onClick={leave}>
            {t("Sign out")}
          </Button>
          <div className={classes["version"]}>{t("Version {{version}}", { version: session.version })}</div>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly choose: (value: string) => void;
}

function Choice({ label, value, options, choose }: ChoiceProps) {
  const id = useId();
  return (
    <div className={classes["choice"]}>
      <span id={id}>{label}</span>
      <SegmentedControl size="xs" fullWidth aria-labelledby={id} value={value} onChange={choose} data={[...options]} />
    </div>
  );
}
