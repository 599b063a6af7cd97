import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Colours come from variables of the page, so that a switch of the scheme needs nothing here. */
const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--pf-surface)", color: "var(--mantine-color-text)", fontSize: "13px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--mantine-color-text)", paddingBlock: "10px" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection": {
    backgroundColor: "var(--pf-code-selection)",
  },
  ".cm-gutters": { backgroundColor: "var(--pf-sunken)", color: "var(--mantine-color-dimmed)", borderRight: "1px solid var(--pf-line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--pf-code-line)" },
  ".cm-tooltip": {
    backgroundColor: "var(--pf-surface)",
    border: "1px solid var(--pf-line-strong)",
    borderRadius: "8px",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--pf-accent-soft)", color: "var(--pf-accent-text)" },
  ".cm-panels": { backgroundColor: "var(--pf-sunken)", color: "var(--mantine-color-text)" },
  ".cm-searchMatch": { backgroundColor: "var(--pf-code-match)" },
  ".cm-hover": {
    maxWidth: "560px",
    padding: "8px 12px",
    whiteSpace: "pre-wrap",
    fontFamily: "var(--mantine-font-family-monospace)",
    fontSize: "12.5px",
  },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.controlKeyword], color: "var(--pf-code-keyword)" },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: "var(--pf-code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--pf-code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--mantine-color-dimmed)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--pf-code-type)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--pf-code-function)" },
  { tag: [tags.propertyName, tags.attributeName], color: "var(--pf-code-property)" },
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.invalid, color: "var(--mantine-color-error)" },
]);

export const editorTheme: Extension = [look, syntaxHighlighting(colours)];
