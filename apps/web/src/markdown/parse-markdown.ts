/** A piece of text within a block. */
export type Inline =
  | { readonly kind: "text" | "code" | "strong" | "emphasis"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly content: readonly Inline[] }
  | { readonly kind: "paragraph" | "quote"; readonly content: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] };

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|(?<!\w)[*_]([^*_]+)[*_](?!\w)|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** Text with `code`, **strong**, *emphasis* and links; a link that is no web or local address stays text. */
export function parseInline(text: string): readonly Inline[] {
  const pieces: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) pieces.push({ kind: "text", text: text.slice(end, match.index) });
    pieces.push(pieceOf(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
  return pieces;
}

function pieceOf([whole, code, strong, emphasis, label, href]: RegExpMatchArray): Inline {
  if (code !== undefined) return { kind: "code", text: code };
  if (strong !== undefined) return { kind: "strong", text: strong };
  if (emphasis !== undefined) return { kind: "emphasis", text: emphasis };
  if (label !== undefined && href !== undefined && isSafeAddress(href)) return { kind: "link", text: label, href };
  return { kind: "text", text: whole };
}

/** Web and mail addresses and paths of this site; `javascript:` and its kin never. */
function isSafeAddress(href: string): boolean {
  return /^(https?:\/\/|mailto:|#|\/(?!\/))/i.test(href);
}

/**
 * The part of Markdown that documentation of processes uses: headings, paragraphs, lists, quotes, code.
 * HTML is text like any other: nothing here makes markup of it.
 */
export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  let index = 0;
  while (index < lines.length) {
    const line = lines[index] ?? "";
    const fence = /^\s*```/.test(line);
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === "") index++;
    else if (fence) {
      const close = lines.findIndex((other, at) => at > index && /^\s*```/.test(other));
      const end = close === -1 ? lines.length : close;
      blocks.push({ kind: "code", text: lines.slice(index + 1, end).join("\n") });
      index = end + 1;
    } else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, content: parseInline(heading[2] ?? "") });
      index++;
    } else {
      const end = endOfBlock(lines, index);
      blocks.push(textBlock(lines.slice(index, end)));
      index = end;
    }
  }
  return blocks;
}

const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+/;

/** A block of text ends at an empty line, a heading, a fence, or where a list begins or ends. */
function endOfBlock(lines: readonly string[], start: number): number {
  const isList = ITEM.test(lines[start] ?? "");
  let end = start + 1;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? "";
    if (line.trim() === "" || /^#{1,6}\s/.test(line) || /^\s*```/.test(line)) break;
    if (!isList && ITEM.test(line)) break;
  }
  return end;
}

function textBlock(lines: readonly string[]): Block {
  const first = lines[0] ?? "";
  if (ITEM.test(first)) {
    const items: string[] = [];
    for (const line of lines) {
      if (ITEM.test(line)) items.push(line.replace(ITEM, ""));
      else items.push(`${items.pop() ?? ""} ${line.trim()}`);
    }
    return { kind: "list", ordered: /^\s*\d/.test(first), items: items.map(parseInline) };
  }
  if (first.startsWith(">")) return { kind: "quote", content: parseInline(lines.map((line) => line.replace(/^>\s?/, "")).join(" ")) };
  return { kind: "paragraph", content: parseInline(lines.map((line) => line.trim()).join(" ")) };
}
