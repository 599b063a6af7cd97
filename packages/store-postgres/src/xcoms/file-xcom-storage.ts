import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { XComStorage } from "@polyflow/store";

const KEY = /^[0-9a-f]{2}\/[0-9a-f-]{36}\.json$/;

/**
 * Large values as files of a folder; all servers of an installation must see the same one.
 * @example createPostgresStore({ …, xcomStorage: fileXComStorage("/srv/polyflow/xcom") });
 */
export function fileXComStorage(folder: string): XComStorage {
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new PolyflowError("xcom_unavailable", `"${key}" is no key of a stored value.`);
    return join(folder, key);
  };
  return {
    async write(key, json) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o750 });
      const temporary = `${path}.${randomUUID()}.part`;
      try {
        await writeFile(temporary, json, { mode: 0o640, flush: true });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw new PolyflowError("xcom_unavailable", `A value could not be written below ${folder}: ${String(error)}`, { cause: error });
      }
    },
    async read(key) {
      try {
        return await readFile(pathOf(key), "utf8");
      } catch (error) {
        throw new PolyflowError("xcom_unavailable", `The value ${key} cannot be read below ${folder}: ${String(error)}`, { cause: error });
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}
