/** The greater of two values of a cursor: numbers by size, everything else (ISO dates, ids) as text. */
export function greaterOf(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const isNumber = NUMBER.test(left) && NUMBER.test(right);
  return (isNumber ? compareNumbers(left, right) : left < right ? -1 : 1) < 0 ? right : left;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** Of any length, exact. */
function compareNumbers(left: string, right: string): number {
  const [wholeLeft = "0", partLeft = ""] = left.split(".");
  const [wholeRight = "0", partRight = ""] = right.split(".");
  const digits = Math.max(partLeft.length, partRight.length);
  const [a, b] = [BigInt(wholeLeft + partLeft.padEnd(digits, "0")), BigInt(wholeRight + partRight.padEnd(digits, "0"))];
  return a < b ? -1 : Number(a > b);
}
