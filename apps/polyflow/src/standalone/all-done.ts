/**
 * Waits for all, and only then rejects with the first failure: what is still starting when another part fails must be there to be stopped.
 */
export async function allDone<Work extends readonly unknown[] | []>(
  work: Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
