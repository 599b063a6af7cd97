import type { DriftRow } from "../api/data.ts";
import classes from "./data.module.css";

/** What was, and what is instead. */
export function Difference({ drift: { before, after } }: { drift: Pick<DriftRow, "before" | "after"> }) {
  return (
    <span className={classes["difference"]}>
      {before !== null && <del>{before}</del>}
      {after !== null && <ins>{after}</ins>}
    </span>
  );
}
