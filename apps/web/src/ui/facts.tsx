import type { ReactNode } from "react";
import classes from "./facts.module.css";

export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** Names and values; facts without a value are left out. `row`: side by side under a title. */
export function Facts({ facts, row = false }: { facts: readonly Fact[]; row?: boolean }) {
  return (
    <dl className={row ? classes["row"] : classes["list"]}>
      {facts
        .filter(({ value }) => value !== null && value !== undefined && value !== "")
        .map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A value as indented JSON; text as it is. */
export function JsonText({ value }: { value: unknown }) {
  return <pre className={classes["json"]}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>;
}
