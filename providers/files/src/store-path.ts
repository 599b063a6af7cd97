import { PolyflowError } from "@polyflow/contracts";

/**
 * The path as its steps joined by `/`, without one at the beginning.
 * @throws PolyflowError `request_invalid` for what leads elsewhere or is no path
 */
export function storePath(path: string): string {
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  const reason =
    steps.length === 0 ? "names no file" : steps.includes("..") ? "leads out of the connection's folder" : characterFault(path);
  if (reason === undefined) return steps.join("/");
  throw new PolyflowError(
    "request_invalid",
    `The path ${JSON.stringify(path)} ${reason}. Write it from the connection's root, with \`/\` and without \`..\`.`,
  );
}

/** Whether a name that a server lists is a plain name: one that says more must not be followed. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.includes("/") && characterFault(name) === undefined;
}

/** The folder of a path, "" for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function characterFault(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  return /[\u0000-\u001f\u007f\\]/.test(text) ? "has a control character or a backslash" : undefined;
}
