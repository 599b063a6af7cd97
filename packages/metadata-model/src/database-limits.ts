import type { EntityDefinition, TargetDatabase } from "./entity-definition.ts";
import type { FlowDefinition } from "./flow-definition.ts";
import type { DocumentPath } from "./problem.ts";

/** Something that a flow asks of its target and the target's database cannot do. */
export interface DatabaseLimit {
  /** Place in the flow's file. */
  readonly path: DocumentPath;
  readonly message: string;
  readonly proposal: string;
}

/** As people call them. */
const NAMES: { readonly [database in TargetDatabase]: string } = {
  postgres: "PostgreSQL",
  mssql: "MS SQL Server",
  clickhouse: "ClickHouse",
};

/**
 * What the database of a flow's target cannot do of what the flow and its entity ask for.
 * @example databaseLimits("clickhouse", { flow, entity }); // [{ path: ["load", "mode"], message: "ClickHouse cannot merge…", … }]
 */
export function databaseLimits(
  database: TargetDatabase,
  { flow, entity }: { readonly flow: FlowDefinition; readonly entity: EntityDefinition },
): readonly DatabaseLimit[] {
  if (database === "postgres") return [];
  return [...flowLimits(database, flow), ...ruleLimits(database, entity), ...typeLimits(database, entity)];
}

function flowLimits(database: TargetDatabase, flow: FlowDefinition): readonly DatabaseLimit[] {
  const name = NAMES[database];
  const limits: DatabaseLimit[] = [];
  if (database === "clickhouse" && (flow.mode === "merge" || flow.mode === "partition")) {
    const what = flow.mode === "merge" ? `the strategy ${flow.strategy} of \`mode: merge\`` : "`mode: partition`";
    limits.push({
      path: ["load", "mode"],
      message: `ClickHouse appends and replaces; ${what} needs rows that change`,
      proposal: "write `mode: append` (with a `cursor` and `keys`, rows of known keys are left out) or `mode: replace`",
    });
  }
  if (flow.contract.dataType === "evolve") {
    limits.push({
      path: ["contract", "data_type"],
      message: `the types of columns in ${name} do not widen by themselves`,
      proposal: "write `quarantine`, `discard_value`, `discard_row` or `freeze`",
    });
  }
  if (flow.profile)
    limits.push({ path: ["profile"], message: `columns of tables in ${name} are not profiled`, proposal: "remove `profile`" });
  return limits;
}

function ruleLimits(database: TargetDatabase, { ref, rules }: EntityDefinition): readonly DatabaseLimit[] {
  const name = NAMES[database];
  return rules.flatMap((rule) => {
    const about = (what: string, proposal: string): DatabaseLimit => ({
      path: ["target", "ref"],
      message: `the rule "${rule.name}" of ${ref} measures ${what}, which ${name} has no words for`,
      proposal,
    });
    if (rule.metric === "distribution")
      return [about("the distribution of values", `write the rule as \`type: sql\` in the SQL of ${name}`)];
    if (database !== "mssql" || rule.metric !== "invalidValues" || rule.pattern === undefined) return [];
    return [
      about(
        "the pattern of values",
        "write `logicalTypeOptions: {pattern: …}` at the property: it is checked while records are read; or a rule with `type: sql`",
      ),
    ];
  });
}

function typeLimits(database: TargetDatabase, { ref, columns }: EntityDefinition): readonly DatabaseLimit[] {
  const lost = columns.filter(({ physicalType }) => /^(numeric|decimal)$/i.test(physicalType.trim()) || physicalType.endsWith("[]"));
  return lost.map(({ column, physicalType }) => ({
    path: ["target", "ref"],
    message: `the column ${column} of ${ref} is ${physicalType}, which has no equal in ${NAMES[database]}`,
    proposal: "give a numeric its digits in `physicalType`, as in numeric(18,2)",
  }));
}
