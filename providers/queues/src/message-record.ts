import { isJsonObject, PolyflowError } from "@polyflow/contracts";
import type { QueueExtract } from "@polyflow/contracts";

/** A message as a line of JSON: the fields of its object, or its text as `body`; what the system says of it has names with `_`. */
export function messageLine(source: QueueExtract, body: string, facts: { readonly [name: string]: string | number | undefined }): string {
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  if (source.body === "text") return `${JSON.stringify({ body, ...known })}\n`;
  const parsed = objectOf(body);
  if (parsed === undefined) {
    throw new PolyflowError(
      "source_unreadable",
      `A message of ${source.name} is no JSON object: ${body.slice(0, 200)}. Write \`body: text\` in the source to load messages as they are.`,
    );
  }
  // the object's own text stays as it is, so that no digit of a number changes
  const added = Object.entries(known).filter(([name]) => !(name in parsed));
  const rest = added.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const open = body.trim().replaceAll(/\r?\n/g, " ").slice(0, -1);
  return `${open}${rest.length > 0 && Object.keys(parsed).length > 0 ? "," : ""}${rest.join(",")}}\n`;
}

function objectOf(body: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
