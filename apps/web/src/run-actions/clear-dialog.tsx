import { TaskActionDialog } from "./task-action-dialog.tsx";
import type { ActionTarget } from "../api/task-actions.ts";

interface ClearDialogProps {
  readonly opened: boolean;
  readonly close: () => void;
  readonly target: ActionTarget;
}

/** Shows which tasks would run again before anything is cleared. */
export function ClearDialog({ opened, close, target }: ClearDialogProps) {
  return opened && <TaskActionDialog action="clear" target={target} close={close} />;
}
