import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { proposeWord } from "./closest-word.ts";
import type { EntityDefinition, QualityRule } from "./entity-definition.ts";
import type { FlowDefinition } from "./flow-definition.ts";
import { MetadataDocument } from "./metadata-document.ts";
import { formatProblem } from "./problem.ts";
import type { MetadataProblem } from "./problem.ts";
import { readEntities } from "./read-entity.ts";
import { flowReferencesOf, readFlowDocument } from "./read-flow.ts";
import { readSource } from "./read-source.ts";
import type { SourceDefinition } from "./source-definition.ts";

/** Everything that a project's `metadata/` folder describes. */
export interface ProjectMetadata {
  readonly projectDir: string;
  /** By name. */
  readonly sources: ReadonlyMap<string, SourceDefinition>;
  /** By ref. */
  readonly entities: ReadonlyMap<string, EntityDefinition>;
  /** By name. */
  readonly flows: ReadonlyMap<string, FlowDefinition>;
}

/** A flow together with what it refers to: all that a load needs to know. */
export interface ResolvedFlow {
  readonly flow: FlowDefinition;
  readonly source: SourceDefinition;
  readonly entity: EntityDefinition;
}

export interface ProjectCheck {
  /** What could be read. */
  readonly metadata: ProjectMetadata;
  /** Everything that is wrong, in the order of files and lines. */
  readonly problems: readonly MetadataProblem[];
}

/**
 * Reads and checks all metadata of a project.
 * @throws PolyflowError `metadata_invalid` with every problem of the project in the message and, as data, in `details.problems`
 * @example const { flows } = await readProject("/srv/projects/sales");
 */
export async function readProject(projectDir: string): Promise<ProjectMetadata> {
  const { metadata, problems } = await checkProject(projectDir);
  if (problems.length > 0) throw invalid(projectDir, problems);
  return metadata;
}

/**
 * Reads one flow with its source and entity. Problems of files that the flow does not touch do not matter here.
 * @throws PolyflowError `metadata_invalid` when there is no such flow or one of its three files has problems
 */
export async function readFlow(projectDir: string, flowName: string): Promise<ResolvedFlow> {
  const { metadata, problems, files } = await readAll(projectDir);
  const flow = metadata.flows.get(flowName);
  const source = flow === undefined ? undefined : metadata.sources.get(flow.source);
  const entity = flow === undefined ? undefined : metadata.entities.get(flow.target);
  if (flow !== undefined && source !== undefined && entity !== undefined) return { flow, source, entity };
  const concerned = files.get(flowName);
  if (concerned === undefined) {
    // A file too broken to say its name may be the one: then its problems are the answer.
    const unnamed = problems.filter((problem) => problem.file.startsWith("metadata/flows/"));
    if (unnamed.length > 0 && metadata.flows.size === 0) throw invalid(projectDir, unnamed);
    const proposal = proposeWord(flowName, [...metadata.flows.keys()]);
    throw new PolyflowError(
      "metadata_invalid",
      `No file in ${join(projectDir, "metadata", "flows")} describes a flow "${flowName}"; ${proposal}`,
    );
  }
  throw invalid(
    projectDir,
    problems.filter((problem) => concerned.has(problem.file)),
  );
}

/**
 * As {@link readProject}, but returns the problems instead of throwing them.
 * @param instead texts that files would have, by their path relative to the project: what the project would be with them
 */
export async function checkProject(projectDir: string, instead: ReadonlyMap<string, string> = new Map()): Promise<ProjectCheck> {
  const { metadata, problems } = await readAll(projectDir, instead);
  return { metadata, problems };
}

interface ReadResult extends ProjectCheck {
  /** Flow name → the files that it is made of. */
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
}

async function readAll(projectDir: string, instead: ReadonlyMap<string, string> = new Map()): Promise<ReadResult> {
  const read = (folder: string, endings: readonly string[]) => readDocuments({ projectDir, instead }, folder, endings);
  const [sourceDocuments, entityDocuments, flowDocuments] = await Promise.all([
    read("sources", [".yaml", ".yml"]),
    read("entities", [".odcs.yaml", ".odcs.yml"]),
    read("flows", [".flow.yaml", ".flow.yml"]),
  ]);
  const fileOf = new Map<string, string>();
  const sources = new Map<string, SourceDefinition>();
  for (const document of sourceDocuments) {
    noteName(document, "name", fileOf);
    const source = readSource(document);
    if (source !== undefined) addUnique(sources, source.name, source, document);
  }
  const entities = new Map<string, EntityDefinition>();
  for (const document of entityDocuments) {
    noteName(document, "id", fileOf);
    for (const entity of readEntities(document)) addUnique(entities, entity.ref, entity, document);
  }
  resolveReferences(entities, entityDocuments);
  const broken = new Set([...fileOf.keys()].filter((name) => !sources.has(name) && !entities.has(name)));
  const flows = new Map<string, FlowDefinition>();
  const files = new Map<string, ReadonlySet<string>>();
  for (const document of flowDocuments) {
    const references = flowReferencesOf(document);
    if (references === undefined) {
      const name = nameIn(document, "flow");
      if (name !== undefined) files.set(name, new Set([document.file]));
      continue;
    }
    const involved = [document.file, fileOf.get(references.source), fileOf.get(references.target)];
    files.set(references.flow, new Set(involved.filter((file) => file !== undefined)));
    const flow = readFlowDocument(document, { sources, entities, broken });
    if (flow !== undefined) addUnique(flows, flow.name, flow, document);
  }
  const problems = [...sourceDocuments, ...entityDocuments, ...flowDocuments].flatMap((document) => document.problems);
  return { metadata: { projectDir, sources, entities, flows }, problems, files };
}

/** Gives reference rules the table that they point to. */
function resolveReferences(entities: Map<string, EntityDefinition>, documents: readonly MetadataDocument[]): void {
  for (const [ref, entity] of entities) {
    if (!entity.rules.some((rule) => rule.implementation?.rule === "reference")) continue;
    const document = documents.find((candidate) => candidate.file === entity.file);
    entities.set(ref, { ...entity, rules: entity.rules.map((rule) => resolveReference(rule, entities, document)) });
  }
}

function resolveReference(
  rule: QualityRule,
  entities: ReadonlyMap<string, EntityDefinition>,
  document: MetadataDocument | undefined,
): QualityRule {
  if (rule.implementation?.rule !== "reference") return rule;
  const { to } = rule.implementation;
  const other = entities.get(to.entity);
  const column = other?.columns.find((candidate) => candidate.name === to.property || candidate.column === to.property);
  if (other === undefined || column === undefined) {
    const [word, known] = other === undefined ? ["entity", [...entities.keys()]] : ["property", other.columns.map((item) => item.name)];
    document?.report(["schema"], {
      message: `the rule "${rule.name}" refers to ${to.entity}.${to.property}, but there is no such ${word}`,
      proposal: proposeWord(other === undefined ? to.entity : to.property, known),
    });
    return rule;
  }
  return { ...rule, implementation: { rule: "reference", to: { ...to, schema: other.schema, table: other.table, column: column.column } } };
}

function addUnique<Definition extends { readonly file: string }>(
  map: Map<string, Definition>,
  name: string,
  definition: Definition,
  document: MetadataDocument,
): void {
  const earlier = map.get(name);
  if (earlier === undefined) map.set(name, definition);
  else document.report([], { message: `"${name}" is already described in ${earlier.file}`, proposal: "rename one of them" });
}

function nameIn(document: MetadataDocument, key: string): string | undefined {
  const value = document.value;
  if (typeof value !== "object" || value === null) return undefined;
  const name: unknown = Reflect.get(value, key);
  return typeof name === "string" ? name : undefined;
}

function noteName(document: MetadataDocument, key: string, fileOf: Map<string, string>): void {
  const name = nameIn(document, key);
  if (name !== undefined) fileOf.set(name, document.file);
}

interface DocumentFolder {
  readonly projectDir: string;
  readonly instead: ReadonlyMap<string, string>;
}

async function readDocuments(
  { projectDir, instead }: DocumentFolder,
  folder: string,
  endings: readonly string[],
): Promise<readonly MetadataDocument[]> {
  const found = (await namesIn(join(projectDir, "metadata", folder))).map((name) => `metadata/${folder}/${name.replaceAll("\\", "/")}`);
  const added = [...instead.keys()].filter((file) => file.startsWith(`metadata/${folder}/`));
  const wanted = [...new Set([...found, ...added])].filter((file) => endings.some((ending) => file.endsWith(ending))).toSorted();
  return Promise.all(
    wanted.map(async (file) => new MetadataDocument(file, instead.get(file) ?? (await readFile(join(projectDir, file), "utf8")))),
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function invalid(projectDir: string, problems: readonly MetadataProblem[]): PolyflowError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return new PolyflowError("metadata_invalid", `The metadata of ${projectDir} has ${count}:\n${lines.join("\n")}`, {
    details: { problems },
  });
}
