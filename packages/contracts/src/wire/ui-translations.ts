/** Answer of `GET /ui/translations/:language`: texts that the administrator translates otherwise. Not a public interface. */
import { z } from "zod";

export const uiTranslations = z.object({
  entries: z.array(
    z.object({
      /** English text, the key of the catalogue. */
      text: z.string(),
      context: z.string().nullable(),
      is_plural: z.boolean(),
      /** One, or one for each plural form in gettext's order. */
      forms: z.array(z.string()),
    }),
  ),
});
export type UiTranslations = z.infer<typeof uiTranslations>;
