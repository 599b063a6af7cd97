import type { LayoutQuestion } from "@polyflow/loader";
import { PolyflowError } from "@polyflow/contracts";
import { withoutUndefined } from "@polyflow/metadata-model";
import { readSource } from "@polyflow/project-editor";
import type { LayoutDesigner, LayoutFile, LayoutOrder } from "@polyflow/server";
import type { SecretLookup } from "@polyflow/store";
import type { DescribedProject, ProjectDescriptions } from "../project-metadata.ts";
import { keepUpload } from "./keep-upload.ts";
import { layoutFiles } from "./layout-files.ts";
import { absolutePath, fileOfSource, uploadsFolder } from "./layout-places.ts";
import type { LayoutProcesses } from "./layout-process.ts";
import { lookView } from "./look-view.ts";
import { openRemoteFile } from "./open-remote-file.ts";
import { saveMetadata } from "./save-metadata.ts";

export interface LayoutDesignerParts {
  readonly projectNames: readonly string[];
  readonly projects: ProjectDescriptions;
  readonly processes: LayoutProcesses;
  readonly secrets: SecretLookup;
  /** Folder of the projects' data: uploads are in `<folder>/<project>/uploads`. */
  readonly uploadDir: string;
}

/** What the designer of the interface does with files and descriptions of projects (B10). */
export function createLayoutDesigner(parts: LayoutDesignerParts): LayoutDesigner {
  const { projects, processes, secrets, uploadDir } = parts;
  return {
    projectNames: () => parts.projectNames,
    async files(name) {
      const { dir } = await projectNamed(projects, name);
      return layoutFiles(dir, uploadsFolder(uploadDir, name));
    },
    open: (address, signal) => openRemoteFile(secrets, address, signal),
    async look(name, order, signal) {
      const project = await projectNamed(projects, name);
      const uploads = uploadsFolder(uploadDir, name);
      const text = order.text ?? (await textOfSource(project, order.source));
      const file = order.file ?? (await fileOfSource(project, { ...order, text }));
      const place = await absolutePath({ dir: project.dir, uploads }, file);
      const look = await processes.look(questionOf(order, { file: place, path: order.path ?? pathOf(file), text }), signal);
      return lookView(project, { file, name: order.source ?? order.name }, look);
    },
    async save(name, { files, keep }) {
      const project = await projectNamed(projects, name);
      const kept = keep === undefined ? undefined : await keepUpload({ dir: project.dir, uploads: uploadsFolder(uploadDir, name) }, keep);
      try {
        return await saveMetadata(project.dir, files);
      } catch (error) {
        await kept?.undo();
        throw error;
      } finally {
        projects.forget();
      }
    },
  };
}

async function projectNamed(projects: ProjectDescriptions, name: string): Promise<DescribedProject> {
  const project = await projects.get(name);
  if (project !== undefined) return project;
  throw new PolyflowError("not_found", `There is no project "${name}".`);
}

/** The YAML of a source that is described already, whether it can be read or not. */
async function textOfSource(project: DescribedProject, source: string | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined;
  const file = project.metadata.sources.get(source)?.file ?? `metadata/sources/${source}.yaml`;
  return (await readSource(project.dir, file)).content;
}

/** How a source would name the file: an upload is put into `source/` under its own name. */
function pathOf({ place, path }: LayoutFile): string {
  return place === "upload" ? path.slice(path.lastIndexOf("/") + 1) : path;
}

function questionOf(
  order: LayoutOrder,
  known: { readonly file: string; readonly path: string; readonly text: string | undefined },
): LayoutQuestion {
  const name = order.name ?? order.source;
  return {
    file: known.file,
    path: known.path,
    ...(known.text === undefined ? {} : { text: known.text }),
    ...(name === undefined ? {} : { name }),
    ...(order.target === undefined ? {} : { target: order.target }),
    ...(order.layout === undefined ? {} : { layout: order.layout }),
    ...(order.hints === undefined ? {} : { hints: withoutUndefined(order.hints) }),
    ...(order.rows === undefined ? {} : { rows: order.rows }),
    limits: LIMITS,
  };
}

/** Nobody waits for a look at a file that unpacks to more than this. */
const LIMITS = { expandedBytes: 2 ** 30, memoryBytes: 128 << 20 };
