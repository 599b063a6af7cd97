import { IconChevronRight } from "@tabler/icons-react";
import { Children, type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import classes from "./page-header.module.css";

interface PageHeaderProps {
  readonly title: string;
  /** Links to the pages above, outermost first. */
  readonly trail?: readonly ReactNode[];
  /** Beside the title: state, tags. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
  /** Below the title: facts, tabs. */
  readonly children?: ReactNode;
}

/** Where the user is, what the page is about and what can be done with it. Also names the browser's tab. */
export function PageHeader({ title, trail = [], beside, actions, children }: PageHeaderProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Polyflow`;
  }, [title]);
  return (
    <header className={classes["header"]}>
      {trail.length > 0 && (
        <nav aria-label={t("Breadcrumbs")}>
          <ol className={classes["trail"]}>
            {Children.map(trail, (link) => (
              <li>
                {link}
                <IconChevronRight size={14} aria-hidden />
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div className={classes["row"]}>
        <h1 className={classes["title"]}>{title}</h1>
        {beside}
        <div className={classes["actions"]}>{actions}</div>
      </div>
      {children}
    </header>
  );
}
