import { isBuiltin } from "node:module";

type Key = string | symbol;
type Owner = object;

/** One object as it was: keys, values, accessors, prototype. */
interface Picture {
  readonly owner: Owner;
  readonly prototype: Owner | null;
  readonly keyCount: number;
  readonly values: readonly (readonly [Key, unknown])[];
  readonly accessors: readonly (readonly [Key, PropertyDescriptor["get"], PropertyDescriptor["set"]])[];
}

/** What authors most often reach for to change how everything behaves, whether their bundle names it or not. */
const WATCHED_MODULES = ["fs", "fs/promises", "path", "os", "util", "events", "url", "module", "timers", "buffer"];

/** Taken before any file can replace them: a file must not be able to hide what it did. */
const { get: valueOf, ownKeys, getOwnPropertyDescriptor, getPrototypeOf, deleteProperty } = Reflect;
const { is } = Object;
const cwd = process.cwd.bind(process);
const getActiveResourcesInfo = process.getActiveResourcesInfo.bind(process);
const getBuiltinModule = process.getBuiltinModule.bind(process);

/** Grows with what Node loads of itself. */
const NODES_OWN_LIST: unknown = valueOf(process, "moduleLoadList");

/**
 * All that files of one process have in common, as it was before the first of them: the language's own objects, Node's, and those of the packages that
 * they import. Sees what was added, removed or replaced; not what is kept in variables of a module.
 */
export class Surroundings {
  readonly #pictures = new Map<Owner, Picture>();
  readonly #loaded = new Set<string>();
  // `process` and `Buffer` are behind accessors of the global object
  readonly #roots: unknown[] = [globalThis, process, Buffer, ...hiddenPrototypes()];
  readonly #packages: unknown[] = [];
  #globalKeys: ReadonlySet<Key> = new Set();
  #folder = "";
  #resources = 0;

  /** Loads what files are about to import, so that it counts as what was there before. */
  async load(imports: readonly string[]): Promise<void> {
    const wanted = [...WATCHED_MODULES, ...imports].filter((name) => !this.#loaded.has(name));
    if (wanted.length === 0) return;
    for (const name of wanted) {
      this.#loaded.add(name);
      (isBuiltin(name) ? this.#roots : this.#packages).push(await load(name));
    }
    // some of Node's globals come into being, and bring others, when somebody looks at them
    for (const key of ownKeys(globalThis)) getOwnPropertyDescriptor(globalThis, key);
    // printing opens its pipes
    void [process.stdout, process.stderr];
    // loading may have changed what was there
    this.#pictures.clear();
    this.#takePictures(this.#roots, isPlainFunction);
    this.#takePictures(this.#packages, () => false);
    this.#globalKeys = new Set(ownKeys(globalThis));
    this.#folder = cwd();
    this.#resources = getActiveResourcesInfo().length;
  }

  /**
   * Whether the last file has timers, sockets or the like still going on, or works elsewhere. Global variables that it made are deleted:
   * packages keep their registers there, and each file had its own if it were alone.
   */
  hasLeftovers(): boolean {
    let hasLeft = false;
    const keys = ownKeys(globalThis);
    if (keys.length > this.#globalKeys.size) {
      for (const key of keys) if (!this.#globalKeys.has(key) && !deleteProperty(globalThis, key)) hasLeft = true;
    }
    return hasLeft || getActiveResourcesInfo().length > this.#resources || cwd() !== this.#folder;
  }

  /** Whether everything is as it was. Takes about a millisecond. */
  isUnchanged(): boolean {
    for (const picture of this.#pictures.values()) if (!isAsPictured(picture)) return false;
    return true;
  }

  #takePictures(roots: readonly unknown[], isLeftOut: (picture: Picture) => boolean): void {
    const open = [...roots];
    while (open.length > 0) {
      const owner = open.pop();
      if (!isObject(owner) || this.#pictures.has(owner) || ArrayBuffer.isView(owner) || owner === NODES_OWN_LIST) continue;
      const picture = takePicture(owner);
      if (isLeftOut(picture)) continue;
      this.#pictures.set(owner, picture);
      open.push(picture.prototype);
      for (const [, value] of picture.values) open.push(value);
      for (const [, get, set] of picture.accessors) open.push(get, set);
    }
  }
}

async function load(name: string): Promise<unknown> {
  if (isBuiltin(name)) return getBuiltinModule(name);
  // what cannot be loaded is said by the file that imports it
  return import(name).catch(() => undefined);
}

function takePicture(owner: Owner): Picture {
  const keys = ownKeys(owner);
  const values: (readonly [Key, unknown])[] = [];
  const accessors: (readonly [Key, PropertyDescriptor["get"], PropertyDescriptor["set"]])[] = [];
  for (const key of keys) {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    if (descriptor === undefined) continue;
    if ("value" in descriptor) values.push([key, descriptor.value]);
    else accessors.push([key, descriptor.get, descriptor.set]);
  }
  return { owner, prototype: getPrototypeOf(owner), keyCount: keys.length, values, accessors };
}

function isAsPictured({ owner, prototype, keyCount, values, accessors }: Picture): boolean {
  if (getPrototypeOf(owner) !== prototype || ownKeys(owner).length !== keyCount) return false;
  for (let index = 0; index < values.length; index++) {
    const [key, value] = values[index] ?? [""];
    if (!is(valueOf(owner, key), value)) return false;
  }
  for (const [key, get, set] of accessors) {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    if (descriptor === undefined || descriptor.get !== get || descriptor.set !== set) return false;
  }
  return true;
}

/** Most objects of the language and of Node are functions with a name and a length and nothing that anybody would change. */
function isPlainFunction({ owner, values, accessors }: Picture): boolean {
  return (
    typeof owner === "function" &&
    accessors.length === 0 &&
    values.every(([key, value]) => key === "length" || key === "name" || (key === "prototype" && !isObject(value)))
  );
}

function isObject(value: unknown): value is Owner {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Objects of the language that no global variable leads to. */
function hiddenPrototypes(): readonly unknown[] {
  const iterators = [[].values(), new Map().values(), new Set().values(), "".matchAll(/a/g), ""[Symbol.iterator]()];
  return [...[function* () {}, async () => {}, async function* () {}].map(getPrototypeOf), ...iterators.map(getPrototypeOf)];
}
