import type { LoadReport, RuleResult } from "@polyflow/contracts";

/** The input facet `dataQualityAssertions` of OpenLineage. */
export interface DataQualityAssertionsFacet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly assertions: readonly {
    readonly assertion: string;
    readonly success: boolean;
    readonly column?: string;
    readonly severity: "error" | "warn";
    readonly name: string;
    readonly expected: string;
    readonly actual: string;
  }[];
}

const SCHEMA_URL = "https://openlineage.io/spec/facets/1-0-2/DataQualityAssertionsDatasetFacet.json";

/**
 * Rule results in the words of OpenLineage.
 * @param producer URI of who says so
 * @example dataQualityAssertionsFacet(report.rules, "https://example.org/polyflow");
 */
export function dataQualityAssertionsFacet(rules: readonly RuleResult[], producer: string): DataQualityAssertionsFacet {
  return {
    _producer: producer,
    _schemaURL: SCHEMA_URL,
    assertions: rules.map((rule) => ({
      assertion: rule.metric,
      success: rule.status === "passed",
      ...(rule.column === undefined ? {} : { column: rule.column }),
      severity: rule.severity === "error" ? ("error" as const) : ("warn" as const),
      name: rule.name,
      expected: rule.expected,
      actual: String(rule.actual),
    })),
  };
}

/** The facets of a load's target: what was asserted of it, and how many rows it got. */
export function loadFacets(
  report: LoadReport,
  producer: string,
): {
  readonly dataQualityAssertions: DataQualityAssertionsFacet;
  readonly outputStatistics: {
    readonly _producer: string;
    readonly _schemaURL: string;
    readonly rowCount: number;
    readonly fileCount: number;
  };
} {
  return {
    dataQualityAssertions: dataQualityAssertionsFacet(report.rules, producer),
    outputStatistics: {
      _producer: producer,
      _schemaURL: "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json",
      rowCount: report.rows.inserted + report.rows.updated,
      fileCount: 1,
    },
  };
}
