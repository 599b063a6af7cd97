import { isPolyflowError } from "@polyflow/contracts";
import { localName, XmlEvents } from "../extract/xml/xml-events.ts";

/** Path of the element that looks like a record in the beginning of a document: the outermost one that comes again. */
export function xmlRecordPath(text: string): string | undefined {
  const counts = new Map<string, number>();
  const open: string[] = [];
  const events = new XmlEvents("The beginning of the document", {
    open: (name) => {
      open.push(localName(name));
      const path = open.join("/");
      counts.set(path, (counts.get(path) ?? 0) + 1);
    },
    text: () => undefined,
    close: () => {
      open.pop();
    },
  });
  try {
    events.write(text);
  } catch (error) {
    // what is wrong with the document is said when it is read
    if (!isPolyflowError(error, "source_unreadable")) throw error;
  }
  const depth = (path: string): number => path.split("/").length;
  const repeated = [...counts].filter(([path, count]) => count > 1 && depth(path) > 1);
  const [best] = repeated.toSorted((left, right) => depth(left[0]) - depth(right[0]) || right[1] - left[1]);
  const second = [...counts.keys()].find((path) => depth(path) === 2);
  const path = best?.[0] ?? second;
  return path === undefined ? undefined : `/${path}`;
}
