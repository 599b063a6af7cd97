/** JSON as the document is made of. */
interface Node {
  [name: string]: unknown;
}

const PREFIX = "#/components/schemas/";
/** What the generator adds to the name of a schema that a request carries. */
const INPUT_SUFFIX = "Input";

/**
 * Leaves in the document only those schemas that a route refers to, sorted by name. The generator puts every schema of the process in,
 * once as it is sent and once as it is answered; a body that is only sent gets its plain name back.
 */
export function withUsedComponents<Document extends object>(document: Document): Document {
  const schemas = schemasOf(document);
  const used = new Set<string>();
  const { components: _, ...rest } = { components: undefined, ...document };
  const open: unknown[] = [rest];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const name of referencesIn(node)) {
      if (used.has(name)) continue;
      used.add(name);
      open.push(schemas[name] ?? {});
    }
  }
  const plainName = (name: string): string => {
    const plain = name.endsWith(INPUT_SUFFIX) ? name.slice(0, -INPUT_SUFFIX.length) : name;
    return plain in schemas && !used.has(plain) ? plain : name;
  };
  const kept = [...used].toSorted().map((name) => [plainName(name), schemas[name]] as const);
  const components = { ...("components" in document ? asNode(document.components) : {}), schemas: Object.fromEntries(kept) };
  return renamed({ ...document, components }, plainName);
}

function schemasOf(document: object): Node {
  const components = "components" in document ? asNode(document.components) : {};
  return asNode(components["schemas"]);
}

function asNode(value: unknown): Node {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function referencesIn(node: unknown): readonly string[] {
  const found: string[] = [];
  JSON.stringify(node, (key: string, value: unknown) => {
    if (key === "$ref" && typeof value === "string" && value.startsWith(PREFIX)) found.push(value.slice(PREFIX.length));
    return value;
  });
  return found;
}

function renamed<Document extends object>(document: Document, nameOf: (name: string) => string): Document {
  const text = JSON.stringify(document, (key: string, value: unknown) =>
    key === "$ref" && typeof value === "string" && value.startsWith(PREFIX) ? PREFIX + nameOf(value.slice(PREFIX.length)) : value,
  );
  return JSON.parse(text);
}
