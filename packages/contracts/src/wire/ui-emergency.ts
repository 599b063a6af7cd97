/** Answer of `GET /ui/emergency`: what has failed and since when; nothing while all is well. Not a public interface. */
import { z } from "zod";

export const uiEmergency = z.object({
  failures: z.array(
    z.object({
      component: z.enum(["metadatabase", "scheduler", "dag_processor", "triggerer", "workers"]),
      /** Last sign of life; null when it is not known. */
      since: z.string().nullable(),
    }),
  ),
});
export type UiEmergency = z.infer<typeof uiEmergency>;
