import { fileURLToPath } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import { checkProject, formatProblem } from "@polyflow/metadata-model";
import type { FlowDefinition } from "@polyflow/metadata-model";
import { dag } from "@polyflow/sdk";
import { load } from "./load.ts";

/** Options of {@link flowDags}. */
export interface FlowDagsOptions {
  /** Only these flows, whether they have a schedule or not; default: all that have one. */
  readonly flows?: readonly string[];
  /** Set before the flow's name. Default: none. */
  readonly prefix?: string;
  /** Retries of each load. Default 1. */
  readonly retries?: number;
}

/**
 * Makes a DAG of every flow of the project that has a `schedule`: one task, `load`. Changes of the YAML change the DAGs by themselves.
 * @param project folder of the project
 * @throws PolyflowError `metadata_invalid` when a flow cannot be read; the DAGs that are published stay as they are
 * @example
 * // dags/flows.ts
 * await flowDags(new URL("..", import.meta.url));
 */
export async function flowDags(project: URL | string, options: FlowDagsOptions = {}): Promise<void> {
  const { metadata, problems } = await checkProject(typeof project === "string" ? project : fileURLToPath(project));
  const { flows: wanted, prefix = "", retries = 1 } = options;
  const unknown = (wanted ?? []).filter((name) => !metadata.flows.has(name));
  const chosen = [...metadata.flows.values()].filter((flow) => wanted?.includes(flow.name) ?? flow.schedule !== undefined);
  const broken = problems.filter((problem) => problem.file.startsWith("metadata/flows/"));
  if (broken.length > 0 && (chosen.length === 0 || unknown.length > 0)) {
    throw new PolyflowError("metadata_invalid", broken.map(formatProblem).join("\n"));
  }
  if (unknown.length > 0) {
    throw new PolyflowError("metadata_invalid", `There is no flow "${unknown[0]}"; there are ${[...metadata.flows.keys()].join(", ")}.`);
  }
  for (const flow of chosen) flowDag(flow, { prefix, retries });
}

function flowDag(flow: FlowDefinition, { prefix, retries }: { readonly prefix: string; readonly retries: number }): void {
  const { cron, timezone } = flow.schedule ?? {};
  const isSliced = flow.sliceBy !== undefined && cron !== undefined;
  dag(
    {
      id: `${prefix}${flow.name}`,
      tags: ["flow"],
      defaults: { retries },
      ...(cron === undefined ? {} : { schedule: cron }),
      ...(timezone === undefined ? {} : { timezone }),
      ...(flow.description === undefined ? {} : { description: flow.description }),
    },
    () => void load({ id: "load", flow: flow.name, ...(isSliced ? { interval: "data_interval" } : {}) }),
  );
}
