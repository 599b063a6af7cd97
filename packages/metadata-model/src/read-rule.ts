import { proposeWord } from "./closest-word.ts";
import type { QualityRule, RuleImplementation, RuleMetric, RuleOperator } from "./entity-definition.ts";
import type { MetadataDocument, ProblemText } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";
import { checkPattern } from "./check-pattern.ts";
import { readImplementation } from "./read-rule-implementation.ts";
import type { RawImplementation } from "./read-rule-implementation.ts";
import { asText } from "./read-source.ts";
import { customTranslations, type RawCustomProperties } from "./translations.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** A quality rule as ODCS writes it. */
export interface RawRule {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly customProperties?: RawCustomProperties;
  readonly type?: "text" | "library" | "sql" | "custom";
  readonly engine?: "polyflow";
  readonly implementation?: RawImplementation;
  readonly metric?: Exclude<RuleMetric, "sql" | RuleImplementation["rule"]>;
  readonly arguments?: {
    readonly missingValues?: readonly (string | number | null)[];
    readonly validValues?: readonly (string | number | boolean)[];
    readonly pattern?: string;
    readonly minimum?: string | number;
    readonly maximum?: string | number;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly properties?: readonly string[];
  };
  readonly query?: string;
  readonly unit?: QualityRule["unit"];
  readonly severity?: "error" | "warning";
  readonly mustBe?: number;
  readonly mustNotBe?: number;
  readonly mustBeGreaterThan?: number;
  readonly mustBeGreaterOrEqualTo?: number;
  readonly mustBeLessThan?: number;
  readonly mustBeLessOrEqualTo?: number;
  readonly mustBeBetween?: readonly [number, number];
  readonly mustNotBeBetween?: readonly [number, number];
}

export interface RulePlace {
  readonly document: MetadataDocument;
  readonly at: DocumentPath;
  /** Physical name of the property that the rule stands at; undefined for a rule of the object. */
  readonly column: string | undefined;
  /** Property name → physical name. */
  readonly physicalNames: ReadonlyMap<string, string>;
}

const SINGLE_OPERATORS = [
  "mustBe",
  "mustNotBe",
  "mustBeGreaterThan",
  "mustBeGreaterOrEqualTo",
  "mustBeLessThan",
  "mustBeLessOrEqualTo",
] as const;
const PROPERTY_METRICS: ReadonlySet<RuleMetric> = new Set<RuleMetric>([
  "nullValues",
  "missingValues",
  "invalidValues",
  "reference",
  "distribution",
  "aggregate",
]);
/** Metrics that count rows, and so may be told as a share of them. */
const COUNTED: ReadonlySet<RuleMetric> = new Set<RuleMetric>([
  "nullValues",
  "missingValues",
  "invalidValues",
  "duplicateValues",
  "reference",
]);
const INVALID_ARGUMENTS = ["validValues", "pattern", "minimum", "maximum", "minLength", "maxLength"] as const;
const RANGE_OPERATORS = ["mustBeBetween", "mustNotBeBetween"] as const;

/** Turns one `quality` item into a rule; undefined for plain text and for a rule with problems. */
export function readRule(raw: RawRule, place: RulePlace): QualityRule | undefined {
  if (raw.type === "text") return undefined;
  const implementation = raw.implementation === undefined ? undefined : readImplementation(raw.implementation, place);
  const metric = metricOf(raw, implementation);
  if (metric === undefined) {
    place.document.report(place.at, {
      message: "the rule has no `metric`",
      proposal: "write `metric: rowCount` or another, or `type: sql`, or `type: custom` with an `implementation`",
    });
    return undefined;
  }
  const operator = operatorOf(raw, place);
  const columns = columnsOf(raw, place);
  const isComplete = checkShape(raw, metric, place);
  if (operator === undefined || !isComplete) return undefined;
  const given = raw.arguments ?? {};
  return withoutUndefined({
    name: raw.id ?? raw.name ?? [metric, place.column ?? columns.join("_")].filter((part) => part !== "").join("_"),
    description: raw.description,
    translations: customTranslations(raw.customProperties, place),
    metric,
    column: place.column,
    columns,
    operator,
    unit: unitOf(raw, metric),
    severity: raw.severity ?? "error",
    missingValues: (given.missingValues ?? [null, ""]).map((value) => (value === null ? null : String(value))),
    validValues: given.validValues?.map(String),
    pattern: given.pattern,
    minimum: asText(given.minimum),
    maximum: asText(given.maximum),
    minLength: given.minLength,
    maxLength: given.maxLength,
    implementation,
    query: raw.query,
  });
}

function metricOf(raw: RawRule, implementation: RuleImplementation | undefined): RuleMetric | undefined {
  if (raw.type === "sql") return "sql";
  return raw.type === "custom" ? implementation?.rule : raw.metric;
}

function unitOf(raw: RawRule, metric: RuleMetric): QualityRule["unit"] {
  if (raw.unit !== undefined) return raw.unit;
  if (metric === "freshness") return "hours";
  return metric === "volume" || metric === "distribution" || metric === "aggregate" || metric === "callable" ? "number" : "rows";
}

function operatorOf(raw: RawRule, place: RulePlace): RuleOperator | undefined {
  const operators: RuleOperator[] = [];
  for (const kind of SINGLE_OPERATORS) {
    const value = raw[kind];
    if (value !== undefined) operators.push({ kind, value });
  }
  for (const kind of RANGE_OPERATORS) {
    const range = raw[kind];
    if (range !== undefined) operators.push({ kind, from: range[0], to: range[1] });
  }
  const [operator, second] = operators;
  if (operator !== undefined && second === undefined) return operator;
  const allowed = [...SINGLE_OPERATORS, ...RANGE_OPERATORS].map((kind) => `\`${kind}\``).join(", ");
  const message = operator === undefined ? "the rule says nothing about what its value must be" : "the rule has several operators";
  place.document.report(place.at, { message, proposal: `write exactly one of ${allowed}` });
  return undefined;
}

function columnsOf(raw: RawRule, place: RulePlace): readonly string[] {
  const columns: string[] = [];
  for (const [index, property] of (raw.arguments?.properties ?? []).entries()) {
    const physical = place.physicalNames.get(property);
    if (physical === undefined) {
      place.document.report([...place.at, "arguments", "properties", index], {
        message: `the object has no property "${property}"`,
        proposal: proposeWord(property, [...place.physicalNames.keys()]),
      });
    } else columns.push(physical);
  }
  return columns.length === 0 && place.column !== undefined ? [place.column] : columns;
}

function checkShape(raw: RawRule, metric: RuleMetric, place: RulePlace): boolean {
  const complaint = shapeComplaint(raw, metric, place);
  if (complaint !== undefined) place.document.report(place.at, complaint);
  if (raw.arguments?.pattern !== undefined) checkPattern(place.document, raw.arguments.pattern, [...place.at, "arguments", "pattern"]);
  return complaint === undefined;
}

/** What is wrong with the arguments of the rule itself, wherever it stands. */
function shapeComplaint(raw: RawRule, metric: RuleMetric, place: RulePlace): ProblemText | undefined {
  const given = raw.arguments ?? {};
  if (raw.unit === "percent" && !COUNTED.has(metric)) {
    return { message: `\`unit: percent\` means nothing for ${metric}`, proposal: "remove it" };
  }
  if (metric === "sql" && raw.query === undefined) return { message: "a rule of type sql needs a `query` that returns one number" };
  if (metric === "invalidValues" && !INVALID_ARGUMENTS.some((name) => given[name] !== undefined)) {
    return { message: `invalidValues needs \`arguments\` with ${INVALID_ARGUMENTS.map((name) => `\`${name}\``).join(", ")}` };
  }
  if (metric === "duplicateValues" && place.column === undefined && given.properties === undefined) {
    return { message: "duplicateValues at the object needs `arguments: {properties: [...]}`" };
  }
  return placeComplaint(metric, place);
}

function placeComplaint(metric: RuleMetric, place: RulePlace): ProblemText | undefined {
  const isAtProperty = place.column !== undefined;
  if ((metric === "rowCount" || metric === "volume") && isAtProperty) {
    return { message: `${metric} is a rule of the object, not of a property`, proposal: "move it to the object's `quality`" };
  }
  if (PROPERTY_METRICS.has(metric) && !isAtProperty) {
    return { message: `${metric} is a rule of one property`, proposal: "move it to the `quality` of the property" };
  }
  return undefined;
}
