import { AppShell, Burger } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { EmergencyBanner } from "../emergency/emergency-banner.tsx";
import { StaleBanner } from "../live/stale-banner.tsx";
import { PaletteButton } from "../palette/palette-button.tsx";
import { Logo } from "./logo.tsx";
import classes from "./shell.module.css";
import { SideNavigation } from "./side-navigation.tsx";
import { UserMenu } from "./user-menu.tsx";

const SIDEBAR_WIDTH = 224;
const HEADER_HEIGHT = 52;

/** Frame of every page after sign-in: navigation on the left, on a phone behind a button. */
export function Shell() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      navbar={{ width: SIDEBAR_WIDTH, breakpoint: "sm", collapsed: { mobile: !opened } }}
      header={{ height: { base: HEADER_HEIGHT, sm: 0 } }}
      padding={0}
      withBorder={false}
    >
      <a href="#main" className={classes["skip"]} data-noprint="">
        {t("Skip to content")}
      </a>
      <AppShell.Header hiddenFrom="sm" className={classes["header"]}>
        <Burger opened={opened} onClick={toggle} size="sm" aria-label={t("Navigation")} aria-expanded={opened} />
        <Logo size={24} />
        <span className={classes["brand"]}>Polyflow</span>
      </AppShell.Header>
      <AppShell.Navbar className={classes["navbar"]} aria-label={t("Navigation")}>
        <Link to="/dags" className={classes["home"]}>
          <Logo />
          <span className={classes["brand"]}>Polyflow</span>
        </Link>
        <PaletteButton />
        <SideNavigation />
        <UserMenu />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes["main"]}>
        <EmergencyBanner />
        <Outlet />
      </AppShell.Main>
      <StaleBanner />
    </AppShell>
  );
}
