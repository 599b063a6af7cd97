import { join } from "node:path";
import type { ProjectEditor } from "@polyflow/project-editor";
import { CHECKOUT } from "../home/find-home.ts";
import type { Project } from "./projects.ts";
import type { Rooms } from "./rooms.ts";
import type { StandaloneContext } from "./standalone-context.ts";

const SECOND_MS = 1000;
const ASSISTANT_LIMITS = { answerWithinMs: 20_000, memoryMb: 700, idleMs: 300_000 };
const DAG_FILE = /^dags\/.*\.m?[jt]s$/;
const NO_DAG_FILE = /\.(?:test|spec)\.m?[jt]s$|\.d\.m?ts$/;

/** The editor of the interface for the projects' files; undefined where the configuration switches it off. */
export async function startCodeEditor(
  context: StandaloneContext,
  rooms: Rooms,
  projects: readonly Project[],
): Promise<ProjectEditor | undefined> {
  const { configuration, clock, logger, services } = context;
  if (!configuration.webserver.code_editor) return undefined;
  const { ProjectEditor } = await import("@polyflow/project-editor");
  const { parse_timeout: timeoutSeconds, parse_memory_mb: memoryLimitMb } = configuration.dag_processor;
  const modules = join(CHECKOUT, "node_modules");
  // No project is named here, so that no process is started before somebody saves something.
  const reader = rooms.dagProcessor.createDagFileReader({
    clock,
    logger: logger.child({ component: "code-editor" }),
    projects: [],
    settings: { parseTimeoutMs: timeoutSeconds * SECOND_MS, memoryLimitMb, readableFolders: [modules] },
  });
  const editor = new ProjectEditor({
    projects,
    clock,
    logger: logger.child({ component: "code-editor" }),
    readableFolders: [modules, join(CHECKOUT, "packages"), join(CHECKOUT, "providers")],
    limits: ASSISTANT_LIMITS,
    async compile(project, path, candidatePath) {
      if (!DAG_FILE.test(path) || NO_DAG_FILE.test(path)) return [];
      const parsed = (await reader.read(project, candidatePath))?.parsed;
      if (parsed?.kind !== "error") return [];
      return [{ line: parsed.line, column: parsed.column, severity: "error", message: parsed.message.replaceAll(candidatePath, path) }];
    },
    checkMetadata,
    async metadataAssistant() {
      const { completeMetadata, hoverMetadata } = await import("@polyflow/metadata-model");
      return { complete: completeMetadata, hover: hoverMetadata };
    },
  });
  services.add("code editor", async () => {
    editor.stop();
    await reader.close();
  });
  return editor;
}

/** The checks of `polyflow df validate`, on a text that is not saved yet. Descriptions are data: nothing of them runs. */
async function checkMetadata({ dir }: Project, path: string, content: string) {
  const { checkProject } = await import("@polyflow/metadata-model");
  const { problems } = await checkProject(dir, new Map([[path, content]]));
  return problems
    .filter((problem) => problem.file === path)
    .map(({ line, column, path: place, message, proposal }) => ({
      line,
      column,
      severity: "error" as const,
      message: `${place === "" ? "" : `${place}: `}${message}${proposal === undefined ? "" : `; ${proposal}`}`,
    }));
}
