import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { type Layout, type LayoutFile, type LayoutHints, type LayoutLook, lookAtLayout, type TargetWish } from "../../../api/layouts.ts";
import { notifyProblem } from "../../../ui/notify.ts";
import { beginHistory, changed, type History, redone, undone } from "./history.ts";
import { fieldsOf, withLook } from "./layout-model.ts";

/** What can be undone. */
export interface Draft {
  /** YAML that the description is written into, so that its comments stay. */
  readonly text: string;
  readonly layout: Layout;
  /** What the last look at the file has found; undefined for a source that is described already. */
  readonly found: Layout | undefined;
  /** Entity and flow are made, too. */
  readonly target: TargetWish | undefined;
}

export interface DesignedFile {
  readonly project: string;
  readonly file: LayoutFile;
  /** Present: a source that is described already. */
  readonly source?: string | undefined;
  /** Address on a connection that the file was taken from. */
  readonly address?: string | undefined;
}

interface Design extends DesignedFile {
  readonly history: History<Draft>;
  /** Why each field is what it is. */
  readonly reasons: { readonly [field: string]: readonly string[] };
  readonly notes: readonly string[];
}

/** Edits wait so long for the next one before the file is looked at again. */
const DEBOUNCE_MS = 350;
const ROWS = 60;
const TARGET = { schema: "staging", unique: [] } as const;

/** What is opened: a file, or a source with the file that it names. */
type OpenOrder = Omit<DesignedFile, "file"> & { readonly file?: LayoutFile | undefined };

/** The state of the designer: the draft with its history, and what the server makes of it. */
export function useDesigner() {
  const [design, setDesign] = useState<Design>();
  const draft = design?.history.now;
  const order = useOrder(design);
  const look = useQuery({
    queryKey: ["layouts", "look", order],
    queryFn: ({ signal }) => lookAtLayout(order ?? { project: "" }, signal),
    enabled: order !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  const open = useMutation({
    mutationFn: async ({ project, file, source, address }: OpenOrder) => ({
      file: { project, source, address },
      look: await lookAtLayout({
        project,
        source,
        ...(file === undefined ? {} : { file: { place: file.place, path: file.path } }),
        path: address,
        rows: ROWS,
      }),
    }),
    onSuccess: ({ file, look: seen }) => setDesign(designOf({ ...file, file: seen.file }, seen)),
  });
  const restructure = useMutation({
    mutationFn: (hints: LayoutHints) => {
      if (design === undefined || draft === undefined) throw new Error("no file is open");
      const { project, file } = design;
      return lookAtLayout({ project, file, path: draft.layout.path, name: draft.layout.name, hints, rows: ROWS });
    },
    onSuccess: (seen) => setDesign((before) => before && restructured(before, seen)),
    onError: notifyProblem,
  });
  const change = useCallback((part: Partial<Draft>, mark?: string) => {
    setDesign((before) => before && { ...before, history: changed(before.history, { ...before.history.now, ...part }, mark) });
  }, []);
  const step = useCallback((way: "undo" | "redo") => {
    setDesign((before) => before && { ...before, history: (way === "undo" ? undone : redone)(before.history) });
  }, []);
  return { design, draft, look, open, restructure, change, step, close: () => setDesign(undefined) };
}
export type Designer = ReturnType<typeof useDesigner>;

function useOrder(design: Design | undefined) {
  const draft = design?.history.now;
  const [settled] = useDebouncedValue(draft, DEBOUNCE_MS);
  // a new file is looked at at once
  const shown = settled === undefined || draft === undefined || settled.layout.name !== draft.layout.name ? draft : settled;
  if (design === undefined || shown === undefined) return undefined;
  const { project, file, source } = design;
  const { text, layout, target } = shown;
  return { project, file, source, name: layout.name, path: layout.path, text, layout, target, rows: ROWS };
}

function designOf(file: DesignedFile, look: LayoutLook): Design {
  const { proposal, text, layout } = look;
  const keys = proposal?.keys ?? [];
  const target: TargetWish | undefined =
    file.source === undefined ? { ...TARGET, keys, mode: keys.length === 0 ? "replace" : "merge" } : undefined;
  return {
    ...file,
    history: beginHistory({ text, layout, found: file.source === undefined ? layout : undefined, target }),
    reasons: proposal?.reasons ?? {},
    notes: proposal?.notes ?? [],
  };
}

function restructured(design: Design, look: LayoutLook): Design {
  const { now } = design.history;
  const layout = withLook(now.layout, look.layout, now.found);
  const names = new Set(fieldsOf(layout).map((field) => field.name));
  const target = now.target && { ...now.target, keys: kept(now.target.keys, names), unique: kept(now.target.unique, names) };
  const isNew = design.source === undefined;
  return {
    ...design,
    history: changed(design.history, { text: isNew ? look.text : now.text, layout, found: isNew ? look.layout : undefined, target }),
    reasons: { ...design.reasons, ...look.proposal?.reasons },
    notes: look.proposal?.notes ?? design.notes,
  };
}

function kept(names: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return names.filter((name) => known.has(name));
}
