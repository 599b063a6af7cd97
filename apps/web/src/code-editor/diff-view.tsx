import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./code-editor.module.css";
import { editorTheme } from "./editor-theme.ts";
import { languageOf } from "./language-of.ts";

interface DiffViewProps {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What changed between two texts of a file, in one column, unchanged parts folded. */
export function DiffView({ path, before, after }: DiffViewProps) {
  const { t } = useTranslation();
  const holder = useRef<HTMLDivElement>(null);
  const label = t("Differences of {{name}}", { name: path });
  useEffect(() => {
    let editor: EditorView | undefined;
    let isGone = false;
    void languageOf(path).then((language) => {
      if (isGone || !holder.current) return;
      editor = new EditorView({
        parent: holder.current,
        state: EditorState.create({
          doc: after,
          extensions: [
            lineNumbers(),
            editorTheme,
            language,
            EditorState.readOnly.of(true),
            EditorView.lineWrapping,
            EditorView.contentAttributes.of({ "aria-label": label }),
            unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
          ],
        }),
      });
    });
    return () => {
      isGone = true;
      editor?.destroy();
    };
  }, [path, before, after, label]);
  return <div ref={holder} className={classes["diff"]} />;
}
