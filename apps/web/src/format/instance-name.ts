/** What people call a task instance: its task, and of a mapped task the name that its author gives the instance, or its index. */
export function instanceName(task: { readonly task_id: string; readonly map_index: number; readonly map_name: string | null }): string {
  return task.map_index < 0 ? task.task_id : `${task.task_id} [${task.map_name ?? task.map_index}]`;
}
