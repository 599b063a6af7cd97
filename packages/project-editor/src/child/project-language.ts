import { dirname, join } from "node:path";
import ts from "typescript";

/** Where the project says nothing: what DAG files are compiled with. */
const DEFAULTS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  strict: true,
};

/** TypeScript's language service over one project, with the open file as it stands in the editor. Nothing of the project is run. */
export class ProjectLanguage {
  readonly #service: ts.LanguageService;
  #open = { file: "", content: "", version: 0 };

  constructor(projectDir: string) {
    const options = readOptions(projectDir);
    const versionOf = (file: string): string => String(ts.sys.getModifiedTime?.(file)?.getTime() ?? 0);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => (this.#open.file === "" ? [] : [this.#open.file]),
      getScriptVersion: (file) => (file === this.#open.file ? `open ${this.#open.version}` : versionOf(file)),
      getScriptSnapshot: (file) => {
        const content = file === this.#open.file ? this.#open.content : ts.sys.readFile(file);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => projectDir,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (file) => file === this.#open.file || ts.sys.fileExists(file),
      readFile: (file) => ts.sys.readFile(file),
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (folder) => ts.sys.directoryExists(folder),
      getDirectories: (folder) => ts.sys.getDirectories(folder),
      realpath: (path) => ts.sys.realpath?.(path) ?? path,
    });
  }

  /** The service, with the file open as given. */
  with(file: string, content: string): ts.LanguageService {
    if (file !== this.#open.file || content !== this.#open.content) this.#open = { file, content, version: this.#open.version + 1 };
    return this.#service;
  }
}

/** `tsconfig.json` of the project; what is wrong in it is no reason to give no answer. */
function readOptions(projectDir: string): ts.CompilerOptions {
  const file = join(projectDir, "tsconfig.json");
  const { config, error } = ts.readConfigFile(file, (path) => ts.sys.readFile(path));
  if (error !== undefined) return { ...DEFAULTS, noEmit: true };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(file));
  return { ...DEFAULTS, ...options, noEmit: true, skipLibCheck: true };
}
