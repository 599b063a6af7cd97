import { isUtf8 } from "node:buffer";
import type { SourceEncoding } from "@polyflow/metadata-model";

export interface DetectedEncoding {
  readonly encoding: SourceEncoding;
  readonly note: string;
}

/** Letters that make up most of any Russian text. */
const COMMON = new Set("оеаинтсрвлкмдпу");
const LETTERS = /[а-яё]/i;
const CYRILLIC: readonly { readonly encoding: SourceEncoding; readonly label: string }[] = [
  { encoding: "windows-1251", label: "windows-1251" },
  { encoding: "cp866", label: "ibm866" },
  { encoding: "koi8-r", label: "koi8-r" },
];

/** Judges the encoding of a text by its beginning. What is not Unicode is taken for the Russian encoding in which it reads best. */
export function detectEncoding(sample: Buffer): DetectedEncoding {
  if (sample[0] === 0xff && sample[1] === 0xfe) return { encoding: "utf-16le", note: "begins with the mark of UTF-16LE" };
  if (sample[0] === 0xfe && sample[1] === 0xff) return { encoding: "utf-16be", note: "begins with the mark of UTF-16BE" };
  if (sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf) return { encoding: "utf-8", note: "begins with the mark of UTF-8" };
  const wide = wideEncoding(sample);
  if (wide !== undefined) return { encoding: wide, note: "UTF-16 without a mark, by its upper bytes" };
  if (isUtf8(withoutCutCharacter(sample))) {
    return { encoding: "utf-8", note: sample.every((byte) => byte < 0x80) ? "only ASCII seen so far" : "valid UTF-8" };
  }
  const scores = CYRILLIC.map(({ encoding, label }) => ({ encoding, score: readability(new TextDecoder(label).decode(sample)) }));
  const [best, second] = scores.toSorted((left, right) => right.score - left.score);
  if (best === undefined || best.score <= 0)
    return { encoding: "latin1", note: "CHECK: neither UTF-8 nor a Russian encoding; every byte is taken for a letter of Latin-1" };
  const doubt =
    second !== undefined && second.score > best.score * 0.6 ? `CHECK: it could be ${second.encoding} too` : "not UTF-8; reads best so";
  return { encoding: best.encoding, note: doubt };
}

/** The upper bytes of Latin and Cyrillic letters in UTF-16: nothing else has so many of them, and in every second place. */
function wideEncoding(sample: Buffer): "utf-16le" | "utf-16be" | undefined {
  const length = Math.min(sample.length, 2000);
  let even = 0;
  let odd = 0;
  for (let at = 0; at < length; at++) {
    const byte = sample[at];
    if (byte !== 0x00 && byte !== 0x04) continue;
    if (at % 2 === 0) even++;
    else odd++;
  }
  if (length < 8 || even + odd < length / 4) return undefined;
  if (odd > even * 5) return "utf-16le";
  return even > odd * 5 ? "utf-16be" : undefined;
}

/** The sample may end within a character. */
function withoutCutCharacter(sample: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= sample.length; back++) {
    const byte = sample[sample.length - back] ?? 0;
    if (byte >= 0xc0) return sample.subarray(0, sample.length - back);
    if (byte < 0x80) break;
  }
  return sample;
}

/** Common letters speak for an encoding; frames, odd signs and capitals inside words against it. */
function readability(text: string): number {
  let score = 0;
  let previous = " ";
  for (const character of text) {
    if (character > "\u007f") {
      if (COMMON.has(character)) score += 2;
      else if (!LETTERS.test(character)) score -= /[№«»—–\u00a0…°“”„]/.test(character) ? 0 : 3;
      else if (character !== character.toLowerCase() && LETTERS.test(previous) && previous === previous.toLowerCase()) score -= 2;
    }
    previous = character;
  }
  return score;
}
