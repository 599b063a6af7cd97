import { importBundle, locationOf, originOf, timetableHorizon } from "@polyflow/sdk/runtime";
import { isDagFile, relativeTo } from "../dag-files.ts";
import type { BundleToEvaluate, EvaluatedDag } from "./evaluation-message.ts";

/** Imports a bundle and says what DAGs the file describes. @throws whatever the file throws at import; PolyflowError `dag_invalid` */
export async function evaluateFile(projectDir: string, { code, relativePath }: BundleToEvaluate): Promise<readonly EvaluatedDag[]> {
  const definitions = await importBundle({ code, projectDir, purpose: "describe" });
  return definitions.flatMap((definition) => {
    const origin = originOf(definition);
    const originPath = origin === undefined ? relativePath : relativeTo(projectDir, origin.file);
    // a DAG that an imported DAG file describes for itself is published with that file
    if (originPath !== relativePath && isDagFile(originPath)) return [];
    const place = locationOf(definition);
    const isHere = place !== undefined && relativeTo(projectDir, place.file) === relativePath;
    const { spec, timetable } = definition;
    const horizon = timetable === undefined ? {} : { horizon: timetableHorizon(timetable, spec, new Date()) };
    return [{ spec, ...horizon, line: isHere ? place.line : null, column: isHere ? place.column : null }];
  });
}
