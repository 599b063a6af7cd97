import { useMemo } from "react";
import classes from "./code-view.module.css";
import { highlight } from "./highlight.ts";

/** Source text with line numbers; scrolls on its own, by keyboard too. */
export function CodeView({ source, label }: { source: string; label: string }) {
  const lines = useMemo(() => highlight(source), [source]);
  return (
    // A region that scrolls must be reachable by keyboard.
    <section className={classes["code"]} tabIndex={0} aria-label={label}>
      <pre>
        <code>
          {lines.map((tokens, line) => (
            <span key={line} className={classes["line"]} data-line={line + 1}>
              {tokens.map((token, index) =>
                token.kind === "plain" ? (
                  token.text
                ) : (
                  <span key={index} data-kind={token.kind}>
                    {token.text}
                  </span>
                ),
              )}
              {"\n"}
            </span>
          ))}
        </code>
      </pre>
    </section>
  );
}
