const LONGEST_BYTES = 150;
/** Names that Windows keeps for devices; a folder may be shared with it. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * A name for the file that is safe on every system and in a shell: letters, digits, `.`, `_`, `-` alone, no folder, no dot in front.
 * The extension stays.
 * @example safeName("../Отчёт за май (1).csv"); // "Отчёт_за_май_1_.csv"
 */
export function safeName(name: string): string {
  const last = name.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const plain = last
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "_")
    .replaceAll(/\.{2,}/g, ".")
    .replace(/^[._-]+/, "");
  const named = plain === "" || DEVICES.test(plain) ? `file_${plain}` : plain;
  return cut(named);
}

/** The extension in lower case with its dot; empty when there is none. */
export function extensionOf(name: string): string {
  return /\.[\p{L}\p{N}]+$/u.exec(name)?.[0].toLowerCase() ?? "";
}

function cut(name: string): string {
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? "";
  let stem = name.slice(0, name.length - extension.length);
  while (Buffer.byteLength(stem + extension) > LONGEST_BYTES) stem = stem.replace(/.$/su, "");
  return stem + extension;
}
