/** Number of single-letter changes that turn `left` into `right`. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/**
 * The candidate that a person most likely meant, or undefined when none is near.
 * @example closestWord("delimeter", ["delimiter", "header"]); // "delimiter"
 */
export function closestWord(word: string, candidates: readonly string[]): string | undefined {
  const plain = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain, candidate.toLowerCase());
    if (distance < bestDistance && distance < Math.max(plain.length, candidate.length)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "did you mean `x`?" or the list of what is allowed. */
export function proposeWord(word: string, candidates: readonly string[]): string {
  const closest = closestWord(word, candidates);
  if (closest !== undefined) return `did you mean \`${closest}\`?`;
  if (candidates.length === 0) return "there are none yet";
  return `allowed: ${candidates.map((candidate) => `\`${candidate}\``).join(", ")}`;
}
