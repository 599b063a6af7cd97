export { fileSensor, type FileSensorOptions } from "./file-sensor.ts";
export { type ArrivedFile, filesArrived, type FilesArrivedOptions } from "./files-arrived.ts";
export type { FilePlace } from "./open-address.ts";
export { provider } from "./provider.ts";
export { type TransferFilesOptions, type TransferredFile, transferFiles } from "./transfer-files.ts";
