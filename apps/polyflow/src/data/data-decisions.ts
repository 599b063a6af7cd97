import { PolyflowError } from "@polyflow/contracts";
import { acceptDrift, dismissDrift, dismissRejects, fixReject, fixRejectsFromExport, rejectsAsCsv, rejectsAsXlsx } from "@polyflow/loader";
import type { DataDecisions } from "@polyflow/server";
import type { DescribedProject, ProjectDescriptions } from "./project-metadata.ts";
import { replayInChild } from "./replay/replay-in-child.ts";
import type { Warehouse } from "./warehouse.ts";

export interface DataDecisionsParts {
  readonly projects: ProjectDescriptions;
  readonly warehouse: Warehouse;
}

/** What people correct by hand is far fewer; Excel itself ends at 1,048,576 rows. */
const MOST_EXPORTED = 100_000;

/** What people decide about differences and rejects, carried out in the warehouse and in the projects' metadata (B4, B5). */
export function createDataDecisions({ projects, warehouse }: DataDecisionsParts): DataDecisions {
  return {
    async acceptDrift(driftId, { project, type }) {
      const flow = await flowOfDrift(warehouse, driftId);
      const { dir: projectDir } = await projectOf(projects, flow, project);
      try {
        return await warehouse.change(async (session) => {
          const decision = { ...session, projectDir, driftId, ...(type === undefined ? {} : { physicalType: type }) };
          const { drift, files, statements } = await acceptDrift(decision);
          return { driftId, flow, column: drift.column, files, statements };
        });
      } finally {
        projects.forget();
      }
    },
    async dismissDrift(driftId) {
      const { flow, column } = await warehouse.change((session) => dismissDrift({ ...session, driftId }));
      return { driftId, flow, column, files: [], statements: [] };
    },
    fixReject: (rejectId, values) => warehouse.change((session) => fixReject(session, rejectId, values)),
    fixRejects: (exported) => warehouse.change((session) => fixRejectsFromExport(session, exported)),
    dismissRejects: ({ loadId, rejectId }) =>
      warehouse.change((session) => dismissRejects(session, { loadId, ...(rejectId === undefined ? {} : { rejectId }) })),
    async replayRejects({ loadId, project, which }) {
      const flow = await flowOfLoad(warehouse, loadId);
      const { dir: projectDir } = await projectOf(projects, flow, project);
      return replayInChild({ ...(await warehouse.place()), projectDir, flow, rejectedBy: loadId, which });
    },
    async exportRejects(filter, { format, language }) {
      const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      const rejects = await warehouse.ask((catalogue) => catalogue.listRejects({ ...given, limit: MOST_EXPORTED + 1 }));
      if (rejects.length > MOST_EXPORTED)
        throw new PolyflowError("request_invalid", `There are more than ${MOST_EXPORTED} rejects. Choose a flow or a state first.`);
      // Excel takes CSV for UTF-8 only with this mark
      return format === "xlsx" ? rejectsAsXlsx(rejects, language) : Buffer.from(`\u{FEFF}${rejectsAsCsv(rejects, language)}`);
    },
  };
}

async function flowOfDrift(warehouse: Warehouse, driftId: number): Promise<string> {
  const [drift] = await warehouse.ask((catalogue) => catalogue.listDrift({ driftId }));
  if (drift !== undefined) return drift.flow;
  throw new PolyflowError("not_found", `There is no difference ${driftId}.`);
}

async function flowOfLoad(warehouse: Warehouse, loadId: string): Promise<string> {
  const load = await warehouse.ask((catalogue) => catalogue.getLoadReport(loadId));
  if (load !== undefined) return load.flow;
  throw new PolyflowError("not_found", `There is no load ${loadId}.`);
}

/** The project that describes the flow; which one has to be said where several do. */
async function projectOf(projects: ProjectDescriptions, flow: string, wanted: string | undefined): Promise<DescribedProject> {
  projects.forget();
  const all = (await projects.all()).filter(({ metadata }) => metadata.flows.has(flow));
  const found = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  const [only] = found;
  if (only === undefined)
    throw new PolyflowError(
      "not_found",
      `${wanted === undefined ? "No project" : `Project "${wanted}"`} describes no flow "${flow}" that can be read.`.replace(
        "No project describes no",
        "No project describes a",
      ),
    );
  if (found.length === 1) return only;
  const names = found.map(({ name }) => name).join(", ");
  throw new PolyflowError("request_invalid", `Several projects describe a flow "${flow}": ${names}. Say which with \`project\`.`);
}
