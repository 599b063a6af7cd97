/**
 * Thrown by a task that has nothing to do: its instance becomes `skipped`, and trigger rules decide about the tasks after it.
 * @example if (files.length === 0) throw new SkipTask("no new files");
 */
export class SkipTask extends Error {
  override readonly name = "SkipTask";
}

/**
 * Thrown by a task that knows that another try would not help: it fails at once, whatever its `retries`.
 * @example if (response.status === 401) throw new FailTask("The service refuses the password of connection crm.");
 */
export class FailTask extends Error {
  override readonly name = "FailTask";
}
