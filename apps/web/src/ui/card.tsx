import type { ReactNode } from "react";
import classes from "./card.module.css";

/** A titled surface. */
export function Card({ title, aside, children }: { title?: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes["card"]}>
      {title !== undefined && (
        <header className={classes["head"]}>
          <h2 className={classes["title"]}>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
