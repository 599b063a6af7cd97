import { Link } from "@tanstack/react-router";
import classes from "./lists.module.css";

export function ProcessLink({ dagId }: { dagId: string }) {
  return (
    <Link to="/dags/$dagId" params={{ dagId }}>
      {dagId}
    </Link>
  );
}

/** Ids of runs are long and begin alike: the end is cut off, the whole is shown under the pointer. */
export function RunLink({ dagId, runId }: { dagId: string; runId: string }) {
  return (
    <Link to="/dags/$dagId/runs/$runId" params={{ dagId, runId }} className={`pf-mono ${classes["run"]}`} title={runId}>
      {runId}
    </Link>
  );
}

interface TaskLinkProps {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex?: number;
}

export function TaskLink({ dagId, runId, taskId, mapIndex = -1 }: TaskLinkProps) {
  return (
    <Link to="/dags/$dagId/runs/$runId/tasks/$taskId" params={{ dagId, runId, taskId }} search={mapIndex < 0 ? {} : { map: mapIndex }}>
      {mapIndex < 0 ? taskId : `${taskId} [${mapIndex}]`}
    </Link>
  );
}
