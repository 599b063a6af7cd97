import type { RuleImplementation, RuleReference } from "./entity-definition.ts";
import type { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";

/** `implementation` of a rule with `type: custom`. */
export interface RawImplementation {
  readonly rule: RuleImplementation["rule"];
  readonly to?: string;
  readonly measure?: "change" | "zscore";
  readonly of?: "loaded" | "target";
  readonly last?: number;
  readonly min_history?: number;
  readonly function?: Extract<RuleImplementation, { rule: "aggregate" }>["function"];
  readonly name?: string;
}

const DEFAULT_HISTORY = 10;
const DEFAULT_MIN_HISTORY = 3;

/** What each kind must have, and may have besides. */
const KEYS: {
  readonly [rule in RuleImplementation["rule"]]: { readonly needs?: keyof RawImplementation; readonly may: readonly string[] };
} = {
  reference: { needs: "to", may: ["to"] },
  freshness: { may: [] },
  volume: { may: ["measure", "of", "last", "min_history"] },
  distribution: { may: [] },
  aggregate: { needs: "function", may: ["function"] },
  callable: { needs: "name", may: ["name"] },
};

/** Reads the implementation of a custom rule; undefined, with a problem in the document, when a part lacks or means nothing. */
export function readImplementation(
  raw: RawImplementation,
  place: { readonly document: MetadataDocument; readonly at: DocumentPath },
): RuleImplementation | undefined {
  const at = [...place.at, "implementation"];
  const { needs, may } = KEYS[raw.rule];
  if (needs !== undefined && raw[needs] === undefined) {
    place.document.report(at, { message: `the rule ${raw.rule} needs \`${needs}\`` });
    return undefined;
  }
  for (const key of Object.keys(raw)) {
    if (key === "rule" || may.includes(key)) continue;
    place.document.report([...at, key], {
      message: `\`${key}\` means nothing for the rule ${raw.rule}`,
      proposal: "remove it",
      atKey: true,
    });
  }
  return implementationOf(raw);
}

function implementationOf(raw: RawImplementation): RuleImplementation {
  switch (raw.rule) {
    case "reference":
      return { rule: "reference", to: parseReference(raw.to ?? "") };
    case "freshness":
    case "distribution":
      return { rule: raw.rule };
    case "volume":
      return volumeOf(raw);
    case "aggregate":
      return { rule: "aggregate", function: raw.function ?? "avg" };
    case "callable":
      return { rule: "callable", name: raw.name ?? "" };
  }
}

function volumeOf(raw: RawImplementation): RuleImplementation {
  return {
    rule: "volume",
    measure: raw.measure ?? "change",
    of: raw.of ?? "loaded",
    last: raw.last ?? DEFAULT_HISTORY,
    minHistory: raw.min_history ?? DEFAULT_MIN_HISTORY,
  };
}

/** `sales.customers.id` is the property `id` of the entity `sales.customers`. */
export function parseReference(text: string): RuleReference {
  const dot = text.lastIndexOf(".");
  return { entity: text.slice(0, dot), property: text.slice(dot + 1) };
}
