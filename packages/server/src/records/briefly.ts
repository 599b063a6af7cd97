import type { Clock } from "@polyflow/service-kit";

/**
 * Asks at most once in `forMs` and gives all who ask meanwhile the same answer. What failed is asked again at once.
 * @example const counts = briefly(() => store.overview.countRuns(), { clock, forMs: 500 });
 */
export function briefly<Answer>(
  ask: () => Promise<Answer>,
  { clock, forMs }: { readonly clock: Clock; readonly forMs: number },
): () => Promise<Answer> {
  let kept: { readonly answer: Promise<Answer>; readonly atMs: number } | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (kept !== undefined && nowMs - kept.atMs < forMs) return kept.answer;
    const answer = ask();
    const asked = { answer, atMs: nowMs };
    kept = asked;
    answer.catch(() => {
      if (kept === asked) kept = undefined;
    });
    return answer;
  };
}
