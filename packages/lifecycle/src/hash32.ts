/**
 * A well-mixed 32-bit hash of a text (FNV-1a with murmur3's finish). Spreads delays; never for anything that must resist an attacker.
 * Written out because this package may not use `node:crypto`, and a package would be larger than these lines.
 * @returns a whole number from 0 to 2³² − 1, the same for the same text everywhere and for ever.
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
