import type { ReactNode } from "react";
import classes from "./data.module.css";

/** How something of the catalogue is called, with its technical name and its project below. */
export function CatalogueName({ link, name, project }: { link: ReactNode; name: string; project: string }) {
  return (
    <span className={classes["name"]}>
      {link}
      <span className={classes["dim"]}>
        {name} · {project}
      </span>
    </span>
  );
}
