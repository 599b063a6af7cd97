export { type ArrivedFile, type FilesArrived, filesArrived, type FilesArrivedOptions } from "./files-arrived.ts";
export type { FilePlace } from "./open-address.ts";
export { provider } from "./provider.ts";
export { type TransferFilesOptions, type TransferredFile, transferFiles } from "./transfer-files.ts";
