import type { ReactNode } from "react";
import { PageHeader } from "../shell/page-header.tsx";
import classes from "./lists.module.css";

interface ListPageProps {
  readonly title: string;
  /** What the page is for, in a sentence. */
  readonly hint?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Frame of every page with a list. */
export function ListPage({ title, hint, actions, children }: ListPageProps) {
  return (
    <>
      <PageHeader title={title} actions={actions}>
        {hint !== undefined && <p className={classes["hint"]}>{hint}</p>}
      </PageHeader>
      <div className={classes["content"]}>{children}</div>
    </>
  );
}
