import type { UiStructure } from "../../api/dags.ts";
import { JsonText } from "../../ui/facts.tsx";
import classes from "./task-panel.module.css";

/** What an operator will do, by the names it uses itself: statement, command, flow. */
export function OperatorDetails({ details }: { details: UiStructure["nodes"][number]["details"] }) {
  return (
    <>
      {Object.entries(details).map(([name, value]) => (
        <div key={name}>
          <div className={classes["detail"]}>{name}</div>
          <JsonText value={value} />
        </div>
      ))}
    </>
  );
}
