import { Collapse, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown } from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRights } from "../access/use-rights.ts";
import { MAIN_PAGES, NAVIGATION_GROUPS, type NavigationGroup, type NavigationPage } from "./navigation.ts";
import classes from "./shell.module.css";

/** Links to all pages that the user may open, in groups that open and close. */
export function SideNavigation() {
  const rights = useRights();
  return (
    <div className={classes["links"]}>
      <Pages pages={MAIN_PAGES.filter((page) => page.allowed(rights))} />
      {NAVIGATION_GROUPS.map((group) => (
        <Group key={group.name} group={group} />
      ))}
    </div>
  );
}

function Group({ group }: { group: NavigationGroup }) {
  const { t } = useTranslation();
  const rights = useRights();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const [isOpen, setOpen] = useLocalStorage({ key: `polyflow.nav.${group.name}`, defaultValue: true, getInitialValueInEffect: false });
  const pages = group.pages.filter((page) => page.allowed(rights));
  if (pages.length === 0) return null;
  const isHere = pages.some((page) => pathname.startsWith(page.to));
  return (
    <section>
      <UnstyledButton className={classes["group"]} onClick={() => setOpen(!isOpen)} aria-expanded={isOpen || isHere}>
        {t(group.label)}
        <IconChevronDown size={15} aria-hidden style={{ transform: isOpen || isHere ? undefined : "rotate(-90deg)" }} />
      </UnstyledButton>
      <Collapse expanded={isOpen || isHere}>
        <Pages pages={pages} />
      </Collapse>
    </section>
  );
}

function Pages({ pages }: { pages: readonly NavigationPage[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes["pages"]}>
      {pages.map(({ to, label, Icon }) => (
        <li key={to}>
          <Link to={to} className={classes["link"]}>
            <Icon size={18} stroke={1.7} aria-hidden />
            {t(label)}
          </Link>
        </li>
      ))}
    </ul>
  );
}
