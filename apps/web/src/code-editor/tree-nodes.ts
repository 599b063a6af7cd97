import type { TreeEntry } from "../api/code.ts";

/** A file or folder with what is in it. */
export interface TreeNode {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
  readonly children: readonly TreeNode[];
}

/** The tree of a flat list; folders first, then files, each by name. */
export function treeNodes(entries: readonly TreeEntry[]): readonly TreeNode[] {
  const byFolder = Map.groupBy(entries, ({ path }) => path.split("/").slice(0, -1).join("/"));
  const nodesOf = (folder: string): readonly TreeNode[] =>
    (byFolder.get(folder) ?? [])
      .map(({ path, kind }) => {
        const isFolder = kind === "folder";
        return { name: path.split("/").at(-1) ?? path, path, isFolder, children: isFolder ? nodesOf(path) : [] };
      })
      .toSorted((left, right) => Number(right.isFolder) - Number(left.isFolder) || left.name.localeCompare(right.name));
  return nodesOf("");
}

/** The rows that are seen when these folders are open, with their depth from 0. */
export function visibleRows(
  nodes: readonly TreeNode[],
  open: ReadonlySet<string>,
  depth = 0,
): readonly { readonly node: TreeNode; readonly depth: number }[] {
  return nodes.flatMap((node) => [
    { node, depth },
    ...(node.isFolder && open.has(node.path) ? visibleRows(node.children, open, depth + 1) : []),
  ]);
}

/** Folders on the way to a path. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
