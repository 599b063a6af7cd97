import type { Compression, SourceDefinition } from "@polyflow/metadata-model";
import type { LoadLimits } from "../../load-request.ts";
import { openStreamedFile } from "../source-file.ts";
import type { SourceFile } from "../source-file.ts";
import { gunzip } from "./gunzip.ts";

/** Unpacks a file that is compressed; any other file is its own content. Closing the content leaves the file open. */
export async function openContent(
  file: SourceFile,
  source: Pick<SourceDefinition, "compression" | "innerpath">,
  limits: LoadLimits,
): Promise<SourceFile> {
  switch (source.compression ?? compressionOf(file.name)) {
    case "none":
      return passing(file);
    case "gzip":
      return openStreamedFile({ name: file.name.replace(/\.gz$/i, ""), chunks: gunzip(file, limits) });
    case "zip": {
      const { openZipMember } = await import("./zip-member.ts");
      return openZipMember(file, { mask: source.innerpath, limits });
    }
  }
}

/** Told by the name's ending, as people and archivers use it. */
function compressionOf(name: string): Compression {
  if (/\.gz$/i.test(name)) return "gzip";
  return /\.zip$/i.test(name) ? "zip" : "none";
}

function passing(file: SourceFile): SourceFile {
  return {
    name: file.name,
    get bytesRead() {
      return file.bytesRead;
    },
    read: (target, offset) => file.read(target, offset),
    localPath: () => file.localPath(),
    digest: () => file.digest(),
    close: () => Promise.resolve(),
  };
}
