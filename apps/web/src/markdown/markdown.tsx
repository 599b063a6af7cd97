import { Fragment, type ReactNode, useMemo } from "react";
import { type Block, type Inline, parseMarkdown } from "./parse-markdown.ts";
import classes from "./markdown.module.css";

/** Documentation written by authors of processes. Built of elements, never of HTML text, so it cannot carry a script. */
export function Markdown({ source }: { source: string }) {
  const blocks = useMemo(() => parseMarkdown(source), [source]);
  return (
    <div className={classes["markdown"]}>
      {blocks.map((block, index) => (
        <Fragment key={index}>{blockElement(block)}</Fragment>
      ))}
    </div>
  );
}

function blockElement(block: Block): ReactNode {
  switch (block.kind) {
    case "heading": {
      // The page has its own h1 and h2.
      const Heading = block.level === 1 ? "h3" : block.level === 2 ? "h4" : "h5";
      return <Heading>{inlineElements(block.content)}</Heading>;
    }
    case "code":
      return <pre>{block.text}</pre>;
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((item, index) => (
            <li key={index}>{inlineElements(item)}</li>
          ))}
        </List>
      );
    }
    case "quote":
      return <blockquote>{inlineElements(block.content)}</blockquote>;
    case "paragraph":
      return <p>{inlineElements(block.content)}</p>;
  }
}

function inlineElements(content: readonly Inline[]): ReactNode {
  return content.map((piece, index) => <Fragment key={index}>{inlineElement(piece)}</Fragment>);
}

function inlineElement(piece: Inline): ReactNode {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "code":
      return <code>{piece.text}</code>;
    case "strong":
      return <strong>{piece.text}</strong>;
    case "emphasis":
      return <em>{piece.text}</em>;
    case "link":
      return (
        <a href={piece.href} rel="noopener noreferrer nofollow" target="_blank">
          {piece.text}
        </a>
      );
  }
}
