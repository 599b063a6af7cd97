/** What a task does in a try: succeeds, fails or skips. */
export type TaskBody = (taskId: string, tryNumber: number) => "success" | "failed" | "skipped";
