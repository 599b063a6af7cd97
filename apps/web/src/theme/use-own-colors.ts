import { useLocalStorage } from "@mantine/hooks";
import { useMemo } from "react";
import { type OwnColors, readColors } from "./own-colors.ts";

/** The colours that the user chose, kept in the browser like the theme and the time zone. */
export function useOwnColors(): readonly [OwnColors, (colors: OwnColors) => void] {
  const [kept, keep] = useLocalStorage<OwnColors>({ key: "polyflow.colors", defaultValue: {}, getInitialValueInEffect: false });
  const colors = useMemo(() => readColors(kept), [kept]);
  return [colors, keep];
}
