import { storePath } from "./store-path.ts";

/** A mask for paths, taken apart. */
export interface FileMask {
  /** Folder without wildcards that all files are below; "" for the root. */
  readonly folder: string;
  /** What all paths begin with: the folder, and the first characters of the name. */
  readonly prefix: string;
  /** How many levels below the folder files may be; Infinity with `**`. */
  readonly depth: number;
  matches(path: string): boolean;
}

const WILDCARD = /[*?[\]]/;

/**
 * Reads a mask: `*` and `?` stand for characters of a name, `[abc]` and `[0-9]` for one of them, `**` for folders of any depth.
 * Letters are compared as they are.
 * @example fileMask("in/sales_*.csv").matches("in/sales_2026.csv") // true
 */
export function fileMask(mask: string): FileMask {
  const steps = storePath(mask).split("/");
  const first = steps.findIndex((step) => WILDCARD.test(step));
  const fixed = steps.slice(0, first < 0 ? -1 : first);
  const rest = steps.slice(fixed.length);
  const shape = new RegExp(`^${rest.map((step, index) => stepPattern(step, index === rest.length - 1)).join("")}$`, "su");
  const folder = fixed.join("/");
  const [beginning = ""] = rest[0]?.split(WILDCARD) ?? [];
  return {
    folder,
    prefix: folder === "" ? beginning : `${folder}/${beginning}`,
    depth: rest.includes("**") ? Number.POSITIVE_INFINITY : rest.length,
    matches: (path) => (folder === "" ? shape.test(path) : path.startsWith(`${folder}/`) && shape.test(path.slice(folder.length + 1))),
  };
}

function stepPattern(step: string, isLast: boolean): string {
  if (step === "**") return isLast ? ".*" : "(?:[^/]+/)*";
  const pattern = step.replaceAll(/\*+|\?|\[!?[^\]/]+\]|[^*?[\]]+|[[\]]/g, (part) => {
    if (part.startsWith("*")) return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[") && part.endsWith("]") && part.length > 2) return characterClass(part.slice(1, -1));
    return part.replaceAll(/[\\^$.|+(){}*?[\]/-]/g, (character) => `\\${character}`);
  });
  return isLast ? pattern : `${pattern}/`;
}

function characterClass(inside: string): string {
  const negated = inside.startsWith("!");
  const characters = (negated ? inside.slice(1) : inside).replaceAll(/[\\^[\]]/g, (character) => `\\${character}`);
  return `[${negated ? "^/" : ""}${characters}]`;
}
