import type { UiLineageNode } from "@polyflow/contracts/wire";

/** How a node is called in a list: a process with its task, everything else by its title. */
export function nodeLabel({ kind, title, name, detail }: Pick<UiLineageNode, "kind" | "title" | "name" | "detail">): string {
  return kind === "process" && detail !== null ? `${name} · ${detail}` : (title ?? name);
}
