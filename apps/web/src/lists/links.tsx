import { Link } from "@tanstack/react-router";

export function ProcessLink({ dagId }: { dagId: string }) {
  return (
    <Link to="/dags/$dagId" params={{ dagId }}>
      {dagId}
    </Link>
  );
}

export function RunLink({ dagId, runId }: { dagId: string; runId: string }) {
  return (
    <Link to="/dags/$dagId/runs/$runId" params={{ dagId, runId }} className="pf-mono">
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
