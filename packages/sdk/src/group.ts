import { type DagDraft, currentDraft, checkId } from "./dag-draft.ts";
import { type GroupDraft, idWithin, isInside, mappedGroupOf } from "./group-draft.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { eachOf, type MapOver } from "./map-source.ts";
import { MappingReader } from "./mapping-reader.ts";
import { checkBoolean, checkInteger, checkKnown, checkText } from "./option-checks.ts";
import { makeOrderable, type Orderable, type OrderedTask, orderMethods } from "./order.ts";
import { createElementHandle, type TaskHandle } from "./task-handle.ts";
import type { OutputHandle } from "./output-handle.ts";
import { checkDefaults, given, type TaskSettings } from "./task-options.ts";

/** Options of a group. */
export interface GroupOptions {
  /** Name that people see instead of the id. */
  readonly label?: string;
  /** Shown when a person points at the group. */
  readonly tooltip?: string;
  /** Whether ids of the tasks inside begin with the group's: `load.copy`. Default true. */
  readonly prefix?: boolean;
  /** Settings for all tasks inside that do not say otherwise. */
  readonly defaults?: TaskSettings;
}

/** Options of a mapped group. */
export interface MappedGroupOptions extends GroupOptions {
  /** How many instances it may have at most. Default: that of the DAG, else `[core] max_map_length`. */
  readonly maxMapLength?: number;
}

/** A group of the DAG that is being described: stands in an order like a task. */
export interface GroupHandle<Result = unknown> extends Orderable {
  readonly groupId: string;
  /** What the function that describes it returned, for example the handle of its last task. */
  readonly result: Result;
}

/** What a mapped group's function returned, as tasks outside of the group see it: the outputs of all instances. */
export type Gathered<Result> = Result extends TaskHandle<infer Output> ? TaskHandle<readonly Output[]> : Result;

const OPTIONS = ["label", "tooltip", "prefix", "defaults"] as const satisfies readonly (keyof GroupOptions)[];

/**
 * Groups tasks, for people and for order: what comes before the group comes before the first tasks inside, what comes after it after the last
 * ones (teardowns aside).
 * @example
 * const load = group("load", () => {
 *   chain(copy(), check());
 * }, { tooltip: "Copies and checks", defaults: { retries: 2 } });
 * chain(extract(), load, publish());
 */
export function group<Result>(id: string, describe: () => Result, options: GroupOptions = {}): GroupHandle<Result> {
  return within(`group "${id}"`, () => {
    checkKnown(options, OPTIONS);
    const draft = currentDraft(id);
    return addGroup(draft, newGroup(draft, id, options), describe);
  });
}

/**
 * A group of which there are as many instances as elements; several sources make one for each combination. `describe` runs once, and gets
 * the elements as handles to give to tasks inside. A task inside meets that of its own instance; a task after the group meets all.
 * @example
 * mappedGroup("file", { path: list() }, ({ path }) => {
 *   chain(unpack({ path }), load({ path }));
 * });
 */
export function mappedGroup<Elements extends object, Result>(
  id: string,
  sources: { readonly [Name in keyof Elements]: MapOver<Elements[Name]> },
  describe: (elements: { readonly [Name in keyof Elements]: OutputHandle<Elements[Name]> }) => Result,
  options: MappedGroupOptions = {},
): GroupHandle<Gathered<Result>> {
  return within(`group "${id}"`, () => {
    const { maxMapLength, ...plain } = options;
    checkKnown(plain, OPTIONS);
    const draft = currentDraft(id);
    const names = Object.keys(sources) as (keyof Elements & string)[];
    if (names.length === 0) throw invalidDag(`over what is it mapped? Give at least one source: mappedGroup("${id}", { file: files }, …).`);
    const read = readMapping(
      draft,
      names.map((name) => ({ name, source: sources[name] })),
      maxMapLength,
    );
    const added: GroupDraft = { ...newGroup(draft, id, plain), ...read };
    if (mappedGroupOf(added.parent) !== undefined)
      throw invalidDag("a mapped group inside of a mapped group is not possible. Map the inner tasks over pairs instead (zip, map).");
    const elements = Object.fromEntries(
      names.map((name) => [name, createElementHandle({ dag: draft, group: added.groupId, name, path: [] })]),
    );
    // outside of the group a handle stands for all instances; that is a matter of types alone
    return addGroup(draft, added, () => describe(elements as Parameters<typeof describe>[0]) as Gathered<Result>);
  });
}

function readMapping(
  draft: DagDraft,
  sources: readonly { readonly name: string; readonly source: unknown }[],
  maxMapLength: number | undefined,
): Pick<GroupDraft, "mapping" | "functions" | "sources"> {
  const found = new Set<string>();
  const reader = new MappingReader((reference) => {
    draft.checkOwn(reference);
    found.add(reference.taskId);
  });
  const maxLength = maxMapLength === undefined ? {} : { maxLength: checkInteger("maxMapLength", maxMapLength, 1) };
  const plain = sources.map(({ name, source }) => ({ name, source: eachOf(source)?.source ?? source }));
  return { mapping: { ...reader.expand(plain), ...maxLength }, functions: reader.functions, sources: found };
}

function newGroup(draft: DagDraft, id: string, { label, tooltip, prefix = true, defaults = {} }: GroupOptions): GroupDraft {
  const parent = draft.currentGroup;
  const groupId = idWithin(parent, id);
  checkId("group", groupId);
  if (draft.groups.some((other) => other.groupId === groupId) || draft.tasks.has(groupId))
    throw invalidDag(`the id "${groupId}" is taken.`);
  checkDefaults(defaults);
  return {
    groupId,
    parent,
    ...(label === undefined ? {} : { label: checkText("label", label, 250) }),
    ...(tooltip === undefined ? {} : { tooltip: checkText("tooltip", tooltip, 2_000) }),
    prefix: checkBoolean("prefix", prefix),
    defaults: { ...parent?.defaults, ...given(defaults) },
    functions: [],
    sources: new Set(),
  };
}

function addGroup<Result>(draft: DagDraft, added: GroupDraft, describe: () => Result): GroupHandle<Result> {
  const result = draft.describeGroup(added, describe);
  if (result instanceof Promise) throw invalidDag("the function that describes it is async. Tasks may be async, the description may not.");
  const handle: GroupHandle<Result> = { groupId: added.groupId, result, ...orderMethods(() => handle) };
  makeOrderable(handle, { starts: () => startsOf(draft, added), ends: () => endsOf(draft, added) });
  for (const source of added.sources) {
    for (const task of startsOf(draft, added)) task.addUpstream({ dag: draft, taskId: source, path: [] });
  }
  return handle;
}

/** Tasks inside that wait for none inside. */
function startsOf(draft: DagDraft, group: GroupDraft): readonly OrderedTask[] {
  const members = membersOf(draft, group);
  return members
    .filter((taskId) => ![...upstreamOf(draft, taskId)].some((before) => members.includes(before)))
    .map((taskId) => draft.orderedTask(taskId));
}

/** Tasks inside for which none inside waits; teardowns aside, in whose place stands what they come after. */
function endsOf(draft: DagDraft, group: GroupDraft): readonly OrderedTask[] {
  const members = membersOf(draft, group);
  const work = members.filter((taskId) => draft.roleOf(taskId) !== "teardown");
  const ends = work.filter((taskId) => !work.some((later) => upstreamOf(draft, later).has(taskId)));
  return (ends.length === 0 ? members : ends).map((taskId) => draft.orderedTask(taskId));
}

function membersOf(draft: DagDraft, group: GroupDraft): readonly string[] {
  return [...draft.tasks.values()].filter((task) => isInside(task.group, group)).map((task) => task.taskId);
}

function upstreamOf(draft: DagDraft, taskId: string): ReadonlySet<string> {
  return draft.tasks.get(taskId)?.upstream ?? new Set();
}
