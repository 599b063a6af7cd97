import { checkOptions, sensor, SENSOR_SETTINGS, type SensorTaskOptions, type TaskHandle } from "@polyflow/sdk";
import { type ArrivedFile, filesArrived, type FilesArrivedOptions } from "./files-arrived.ts";
import { addressOf, shownPlace } from "./open-address.ts";

/** Options of `fileSensor`. */
export interface FileSensorOptions extends SensorTaskOptions, FilesArrivedOptions {}

/**
 * Adds a task that waits for files in the project, in a folder of the machine, on SFTP, FTP(S) or S3. Its output lists them.
 * Templates are rendered in the path.
 *
 * @example
 * const files = fileSensor({ id: "arrived", path: "sftp://bank/out/{{ ds }}_*.csv", quietSeconds: 30, mode: "defer", interval: "1m" });
 */
export function fileSensor(given: FileSensorOptions): TaskHandle<readonly ArrivedFile[]> {
  const { path, count, quietSeconds, minBytes, ...options } = given;
  checkOptions(
    options,
    {
      path: [path, "file place"],
      count: [count, "count", "optional"],
      quietSeconds: [quietSeconds, "number", "optional"],
      minBytes: [minBytes, "count", "optional"],
    },
    SENSOR_SETTINGS,
  );
  addressOf(path);
  const limits = {
    ...(count === undefined ? {} : { count }),
    ...(quietSeconds === undefined ? {} : { quietSeconds }),
    ...(minBytes === undefined ? {} : { minBytes }),
  };
  return sensor<readonly ArrivedFile[], {}, { readonly path: FilesArrivedOptions["path"] }>({
    ...options,
    name: "file_sensor",
    details: { path: shownPlace(path), ...limits },
    fields: { path },
    poke: (context, _input, fields) => filesArrived(context, { path: fields.path, ...limits }),
  });
}
