import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CodeProblem, FileAddress } from "../api/code.ts";
import { assistantOf } from "./assistant.ts";
import classes from "./code-editor.module.css";
import { editorSetup } from "./editor-setup.ts";
import { languageOf } from "./language-of.ts";

interface CodeEditorProps {
  readonly address: FileAddress;
  /** What the file holds; taken over when it differs from what was given before. */
  readonly content: string;
  readonly line: number | undefined;
  readonly isReadOnly: boolean;
  readonly change: (content: string) => void;
  readonly save: () => void;
  readonly problems: (found: readonly CodeProblem[]) => void;
}

/** One file in CodeMirror. Another file is another editor: give it a `key`. */
export function CodeEditor({ address, content, line, isReadOnly, change, save, problems }: CodeEditorProps) {
  const { t } = useTranslation();
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const calls = useRef({ change, save, problems });
  calls.current = { change, save, problems };
  const first = useRef({ address, content, label: t("Text of {{name}}", { name: address.path }), isReadOnly });

  useEffect(() => {
    if (!holder.current) return;
    const { address: file, content: text, label, isReadOnly: readOnly } = first.current;
    const language = new Compartment();
    const editor = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (calls.current.save(), true) }]),
          editorSetup,
          language.of([]),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label }),
          readOnly ? [] : assistantOf(file, (found) => calls.current.problems(found)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.change(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    void languageOf(file.path).then((extension) => editor.dispatch({ effects: language.reconfigure(extension) }));
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== content) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: content } });
    }
  }, [content]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || line === undefined) return;
    const at = editor.state.doc.line(Math.min(Math.max(line, 1), editor.state.doc.lines));
    editor.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
    editor.focus();
  }, [line]);

  return <div ref={holder} className={classes["editor"]} />;
}
