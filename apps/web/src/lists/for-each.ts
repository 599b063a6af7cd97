/** How many calls are under way at once. */
const AT_ONCE = 4;

/** Some of the calls failed; the message is the first failure's. */
export class PartialFailure extends Error {
  readonly failed: number;

  constructor(failed: number, first: unknown) {
    super(first instanceof Error ? first.message : String(first));
    this.name = "PartialFailure";
    this.failed = failed;
  }
}

/** Does something with each item, a few at a time, all of them even when some fail. @throws PartialFailure afterwards. */
export async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw new PartialFailure(failures.length, failures[0]);
}
