import { IconChevronRight, IconFile, IconFolder, IconFolderOpen } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TreeEntry } from "../api/code.ts";
import classes from "./file-tree.module.css";
import { parentsOf, type TreeNode, treeNodes, visibleRows } from "./tree-nodes.ts";

interface FileTreeProps {
  readonly entries: readonly TreeEntry[];
  readonly selected: string;
  /** Paths that differ from the last commit. */
  readonly changed: ReadonlySet<string>;
  readonly choose: (path: string) => void;
}

/** The files of a project; arrow keys walk, open and close, Enter opens a file. */
export function FileTree({ entries, selected, changed, choose }: FileTreeProps) {
  const { t } = useTranslation();
  const nodes = useMemo(() => treeNodes(entries), [entries]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(["dags", ...parentsOf(selected)]));
  const [focused, setFocused] = useState(selected);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => setOpen((before) => new Set([...before, ...parentsOf(selected)])), [selected]);
  const rows = visibleRows(nodes, open);
  const current = rows.some(({ node }) => node.path === focused) ? focused : (rows[0]?.node.path ?? "");
  const setFolder = (path: string, isOpen: boolean) =>
    setOpen((before) => {
      const after = new Set(before);
      if (isOpen) after.add(path);
      else after.delete(path);
      return after;
    });
  const activate = (node: TreeNode) => {
    setFocused(node.path);
    if (node.isFolder) setFolder(node.path, !open.has(node.path));
    else choose(node.path);
  };
  const focus = (path: string | undefined) => {
    if (path === undefined) return;
    setFocused(path);
    list.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ node }) => node.path === current);
    const node = rows[index]?.node;
    if (!node) return;
    const steps: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focus(rows[index + 1]?.node.path),
      ArrowUp: () => focus(rows[index - 1]?.node.path),
      ArrowRight: () => (node.isFolder && !open.has(node.path) ? setFolder(node.path, true) : focus(rows[index + 1]?.node.path)),
      ArrowLeft: () => (node.isFolder && open.has(node.path) ? setFolder(node.path, false) : focus(parentsOf(node.path).at(-1))),
      Home: () => focus(rows[0]?.node.path),
      End: () => focus(rows.at(-1)?.node.path),
      Enter: () => activate(node),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <div ref={list} role="tree" aria-label={t("Files")} className={classes["tree"]} onKeyDown={press}>
      {rows.map(({ node, depth }) => (
        <div
          key={node.path}
          role="treeitem"
          aria-level={depth + 1}
          aria-selected={node.path === selected}
          {...(node.isFolder ? { "aria-expanded": open.has(node.path) } : {})}
          tabIndex={node.path === current ? 0 : -1}
          data-path={node.path}
          data-changed={changed.has(node.path) ? "" : undefined}
          className={classes["item"]}
          style={{ paddingInlineStart: 6 + depth * 14 }}
          onClick={() => activate(node)}
        >
          <Icon node={node} isOpen={open.has(node.path)} />
          {node.name}
        </div>
      ))}
    </div>
  );
}

function Icon({ node, isOpen }: { node: TreeNode; isOpen: boolean }) {
  if (!node.isFolder) return <IconFile size={15} stroke={1.6} aria-hidden className={classes["file"]} />;
  const Folder = isOpen ? IconFolderOpen : IconFolder;
  return (
    <>
      <IconChevronRight size={13} aria-hidden style={{ transform: isOpen ? "rotate(90deg)" : undefined }} />
      <Folder size={15} stroke={1.6} aria-hidden />
    </>
  );
}
