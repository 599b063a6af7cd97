import { isPolyflowError } from "@polyflow/contracts";
import type { LayoutLook } from "@polyflow/loader";
import { readSource } from "@polyflow/project-editor";
import type { LayoutFile, LayoutLookAnswer } from "@polyflow/server";
import type { DescribedProject } from "../project-metadata.ts";

/** What was seen of a file, with what the project has under its name already. */
export async function lookView(
  project: DescribedProject,
  asked: { readonly file: LayoutFile; readonly name: string | undefined },
  look: LayoutLook,
): Promise<LayoutLookAnswer> {
  const { text, layout, problems, target, proposal, grid, preview, failure } = look;
  const name = proposal?.name ?? asked.name ?? textIn(layout["name"]);
  const proposed = target === undefined ? [] : [target.entity.file, target.flow.file];
  const existing = await existingFile(project, project.metadata.sources.get(name)?.file ?? `metadata/sources/${name}.yaml`);
  const taken = await Promise.all(proposed.map((file) => existingFile(project, file)));
  return {
    text,
    layout: structuredClone(layout) as LayoutLookAnswer["layout"], // oxlint-disable-line typescript/no-unsafe-type-assertion -- YAML as data is JSON
    file: { ...asked.file },
    existing: existing ?? null,
    taken: taken.flatMap((found) => (found === undefined ? [] : [{ file: found.file, hash: found.hash }])),
    problems: problems.map((problem) => ({ ...problem })),
    target: target === undefined ? null : { entity: { ...target.entity }, flow: { ...target.flow } },
    proposal: proposal === undefined ? null : proposalView(proposal),
    grid: grid === undefined ? null : (structuredClone(grid) as NonNullable<LayoutLookAnswer["grid"]>), // oxlint-disable-line typescript/no-unsafe-type-assertion -- the same, not readonly
    preview: preview === undefined ? null : previewView(preview),
    failure: failure ?? null,
  };
}

function textIn(value: unknown): string {
  return typeof value === "string" && /^[a-z0-9._-]+$/.test(value) ? value : "source";
}

function proposalView(proposal: NonNullable<LayoutLook["proposal"]>): NonNullable<LayoutLookAnswer["proposal"]> {
  const { name, sourceFile, notes, keys, reasons } = proposal;
  return {
    name,
    source_file: sourceFile,
    notes: [...notes],
    keys: [...keys],
    reasons: Object.fromEntries(Object.entries(reasons).map(([field, why]) => [field, [...why]])),
  };
}

function previewView(preview: NonNullable<LayoutLook["preview"]>): NonNullable<LayoutLookAnswer["preview"]> {
  const { header, fields, records, refused, rejects, read, isWhole } = preview;
  const row = (record: (typeof records)[number]) => ({ row: record.row, values: [...record.values], cast: [...record.cast] });
  return {
    header: header === undefined ? null : [...header],
    fields: [...fields],
    records: records.map(row),
    refused: refused.map(row),
    rejects: rejects.map((reject) => ({ ...reject })),
    read,
    is_whole: isWhole,
  };
}

async function existingFile({ dir }: DescribedProject, file: string) {
  try {
    const { content, hash } = await readSource(dir, file);
    return { file, text: content, hash };
  } catch (error) {
    if (isPolyflowError(error, "not_found")) return undefined;
    throw error;
  }
}
