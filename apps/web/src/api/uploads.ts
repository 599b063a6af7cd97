import type { UiUpload } from "@polyflow/contracts/wire";
import { ApiError, currentCsrfToken, errorOf, path } from "./http.ts";

/**
 * Sends a file for a parameter of a run. `fetch` cannot tell how far it is, so that the older interface of browsers is used here.
 * @param progress hears of the share that is sent, 0 to 1
 */
export function uploadFile(dagId: string, file: File, progress: (share: number) => void): Promise<UiUpload> {
  return uploadTo<UiUpload>(`/ui/${path("dags", dagId, "uploads")}`, file, progress);
}

/** Sends a file to an address that takes `multipart/form-data` with one part `file`. */
export function uploadTo<Answer>(address: string, file: File, progress: (share: number) => void): Promise<Answer> {
  const form = new FormData();
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRF-Token", currentCsrfToken());
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("error", () => reject(new ApiError(0, "unreachable", "")));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as Answer);
      else reject(errorOf(request.status, request.responseText));
    });
    request.send(form);
  });
}
