import { checkBounds } from "./check-bounds.ts";
import type { EntityColumn, EntityDefinition, LogicalType, QualityRule, TargetDatabase } from "./entity-definition.ts";
import type { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";
import { latencyRules, relationshipRules } from "./implied-rules.ts";
import type { RawRelationship, RawSla } from "./implied-rules.ts";
import { readRule } from "./read-rule.ts";
import type { RawRule } from "./read-rule.ts";
import { checkPattern } from "./check-pattern.ts";
import { asText } from "./read-source.ts";
import { ENTITY_SCHEMA } from "./schemas/entity-schema.ts";
import { checkAgainstSchema } from "./schema-check.ts";
import { customTranslations, type RawCustomProperties } from "./translations.ts";
import { withoutUndefined } from "./without-undefined.ts";

interface RawProperty {
  readonly name: string;
  readonly businessName?: string;
  readonly description?: string;
  readonly physicalName?: string;
  readonly customProperties?: RawCustomProperties;
  readonly logicalType: LogicalType;
  readonly physicalType?: string;
  readonly logicalTypeOptions?: {
    readonly minimum?: number | string;
    readonly maximum?: number | string;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: string;
    readonly defaultTimezone?: string;
  };
  readonly required?: boolean;
  readonly primaryKey?: boolean;
  readonly primaryKeyPosition?: number;
  readonly unique?: boolean;
  readonly quality?: readonly RawRule[];
  readonly relationships?: readonly RawRelationship[];
}

interface RawObject {
  readonly name: string;
  readonly physicalName?: string;
  readonly businessName?: string;
  readonly description?: string;
  readonly customProperties?: RawCustomProperties;
  readonly properties: readonly RawProperty[];
  readonly quality?: readonly RawRule[];
}

interface RawContract {
  readonly id: string;
  readonly name?: string;
  readonly version: string;
  readonly servers?: readonly { readonly server: string; readonly type?: string; readonly schema?: string; readonly database?: string }[];
  readonly slaProperties?: readonly RawSla[];
  readonly tags?: readonly string[];
  readonly team?: unknown;
  readonly schema: readonly RawObject[];
}

/** Type that PostgreSQL gets when the contract names none. */
const DEFAULT_PHYSICAL_TYPE: { readonly [type in LogicalType]: string } = {
  string: "text",
  integer: "bigint",
  number: "numeric",
  boolean: "boolean",
  date: "date",
  timestamp: "timestamptz",
  time: "time",
  object: "jsonb",
  array: "jsonb",
};

/** What may stand where a type stands in SQL; anything else could smuggle statements in. */
const PHYSICAL_TYPE = /^[a-z_][a-z0-9_ ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?( with(out)? time zone)?(\[\])?$/i;

const RESERVED: ReadonlySet<string> = new Set(["_valid_from", "_valid_to", "_deleted_at"]);

/** Turns a checked contract into the entities that it holds; problems are left in the document. */
export function readEntities(document: MetadataDocument): readonly EntityDefinition[] {
  if (!checkAgainstSchema(document, ENTITY_SCHEMA)) return [];
  const raw = document.value as RawContract; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the schema has just been checked
  const problemsBefore = document.problems.length;
  const entities = raw.schema.map((_, index) => entityOf(document, raw, index));
  return document.problems.length > problemsBefore ? [] : entities.filter((entity) => entity !== undefined);
}

function entityOf(document: MetadataDocument, contract: RawContract, index: number): EntityDefinition | undefined {
  const object = contract.schema[index];
  if (object === undefined) return undefined;
  const at = ["schema", index];
  const columns = object.properties.map((property, position) => columnOf(document, property, [...at, "properties", position]));
  reportTwins(document, columns, at);
  const title = object.businessName ?? (contract.schema.length === 1 ? contract.name : undefined);
  return withoutUndefined({
    ref: contract.schema.length === 1 ? contract.id : `${contract.id}.${object.name}`,
    version: contract.version,
    ...placeOf(contract.servers?.[0]),
    table: object.physicalName ?? object.name,
    title,
    description: object.description,
    translations: customTranslations(object.customProperties, { document, at }),
    owner: ownerOf(contract.team),
    tags: contract.tags ?? [],
    columns,
    primaryKey: primaryKeyOf(object),
    rules: [...rulesOf(document, object, at), ...impliedRules(contract, object)],
    file: document.file,
  });
}

/** ODCS names the types of servers. */
const DATABASES: { readonly [type: string]: TargetDatabase } = {
  postgres: "postgres",
  postgresql: "postgres",
  sqlserver: "mssql",
  synapse: "mssql",
  clickhouse: "clickhouse",
};
/** Where tables lie when the server names no schema. */
const DEFAULT_SCHEMA: { readonly [database in TargetDatabase]: string } = { postgres: "public", mssql: "dbo", clickhouse: "default" };

/** ClickHouse has databases where others have schemas. */
function placeOf(
  server: NonNullable<RawContract["servers"]>[number] | undefined,
): Pick<EntityDefinition, "schema"> & { readonly database: TargetDatabase | undefined } {
  const database = DATABASES[server?.type ?? ""];
  const named = server?.schema ?? (database === "clickhouse" ? server?.database : undefined);
  return { database, schema: named ?? DEFAULT_SCHEMA[database ?? "postgres"] };
}

function columnOf(document: MetadataDocument, property: RawProperty, at: DocumentPath): EntityColumn {
  const options = property.logicalTypeOptions ?? {};
  const physicalType = property.physicalType ?? DEFAULT_PHYSICAL_TYPE[property.logicalType];
  if (!PHYSICAL_TYPE.test(physicalType)) {
    document.report([...at, "physicalType"], {
      message: `"${physicalType}" is not a type of a database`,
      proposal: "write one like `bigint` or `numeric(18,2)`",
    });
  }
  checkBounds(document, { type: property.logicalType, ...options }, [...at, "logicalTypeOptions"]);
  if (options.pattern !== undefined) checkPattern(document, options.pattern, [...at, "logicalTypeOptions", "pattern"]);
  if (columnName(property).startsWith("_load") || RESERVED.has(columnName(property))) {
    document.report([...at, "name"], {
      message: `names that begin with \`_load\`, and ${[...RESERVED].join(", ")}, belong to the columns that loads add`,
      proposal: "rename the column",
    });
  }
  const description = property.description ?? property.businessName;
  return withoutUndefined({
    name: property.name,
    column: columnName(property),
    logicalType: property.logicalType,
    physicalType,
    required: property.required === true || property.primaryKey === true,
    unique: property.unique ?? false,
    description,
    translations: customTranslations(property.customProperties, { document, at }),
    minimum: asText(options.minimum),
    maximum: asText(options.maximum),
    minLength: options.minLength,
    maxLength: options.maxLength,
    pattern: options.pattern,
    defaultTimezone: options.defaultTimezone,
  });
}

function columnName(property: RawProperty): string {
  return property.physicalName ?? property.name;
}

function reportTwins(document: MetadataDocument, columns: readonly EntityColumn[], at: DocumentPath): void {
  const seen = new Set<string>();
  for (const [index, column] of columns.entries()) {
    if (seen.has(column.column))
      document.report([...at, "properties", index, "name"], { message: `the column "${column.column}" is declared twice` });
    seen.add(column.column);
  }
}

function primaryKeyOf(object: RawObject): readonly string[] {
  return object.properties
    .filter((property) => property.primaryKey === true)
    .toSorted((left, right) => (left.primaryKeyPosition ?? 0) - (right.primaryKeyPosition ?? 0))
    .map(columnName);
}

/** The first member of the team who is its owner, or the team's name. */
function ownerOf(team: unknown): string | undefined {
  const members: unknown = Array.isArray(team) ? team : asRecord(team)?.["members"];
  const people = (Array.isArray(members) ? members : []).map(asRecord);
  const owner = people.find((person) => /^owner$/i.test(typeof person?.["role"] === "string" ? person["role"] : "")) ?? people[0];
  const name = owner?.["name"] ?? owner?.["username"] ?? asRecord(team)?.["name"];
  return typeof name === "string" ? name : undefined;
}

function asRecord(value: unknown): { readonly [key: string]: unknown } | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Rules that follow from other parts of the contract. */
function impliedRules(contract: RawContract, object: RawObject): readonly QualityRule[] {
  const physicalNames = new Map(object.properties.map((property) => [property.name, columnName(property)]));
  const references = object.properties.flatMap((property) => relationshipRules(columnName(property), property.relationships ?? []));
  return [...references, ...latencyRules(contract.slaProperties ?? [], { name: object.name, physicalNames })];
}

function rulesOf(document: MetadataDocument, object: RawObject, at: DocumentPath): readonly QualityRule[] {
  const physicalNames = new Map(object.properties.map((property) => [property.name, columnName(property)]));
  const rules: QualityRule[] = [];
  const read = (raws: readonly RawRule[] | undefined, path: DocumentPath, property: RawProperty | undefined): void => {
    for (const [index, raw] of (raws ?? []).entries()) {
      const column = property === undefined ? undefined : columnName(property);
      const rule = readRule(raw, { document, at: [...path, "quality", index], column, physicalNames });
      if (rule === undefined) continue;
      if (rules.some((other) => other.name === rule.name)) {
        document.report([...path, "quality", index], {
          message: `two rules are called "${rule.name}"`,
          proposal: "give each an `id` of its own",
        });
      }
      rules.push(rule);
    }
  };
  for (const [index, property] of object.properties.entries()) read(property.quality, [...at, "properties", index], property);
  read(object.quality, at, undefined);
  return rules;
}
