/** What the form that starts a run asks beyond the public API. Not a public interface. */
import { z } from "zod";

/** Answer of `POST /ui/dags/:dag_id/uploads`: where the file is kept; `path` is the parameter's value. */
export const uiUpload = z.object({ path: z.string(), name: z.string(), bytes: z.number().int() });
export type UiUpload = z.infer<typeof uiUpload>;
