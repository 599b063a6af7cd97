import { useLocalStorage } from "@mantine/hooks";
import { type InterfaceColors, readInterfaceColors } from "@polyflow/contracts";
import { useCallback, useEffect, useMemo } from "react";
import { saveColors, type UiSession } from "../api/session.ts";
import { notifyProblem } from "../ui/notify.ts";

/** Colours are chosen by dragging: the account has them when the hand rests. */
const REST_MS = 600;
const NONE: InterfaceColors = {};
let timer: number | undefined;

/** What this browser remembers, so that the next page has the colours before anybody is asked. */
interface KeptColors {
  readonly installation: InterfaceColors;
  readonly own: InterfaceColors;
  /** Whose they are: another person at this browser starts without. */
  readonly of: string;
}
const FIRST: KeptColors = { installation: NONE, own: NONE, of: "" };

export interface Colors {
  /** What is shown: the user's before the installation's. */
  readonly shown: InterfaceColors;
  readonly own: InterfaceColors;
  /** Keeps the user's colours, with the account and in this browser; at once on the screen. */
  readonly keep: (colors: InterfaceColors) => void;
}

export function useOwnColors(): Colors {
  const [kept, setKept] = useKept();
  const own = useMemo(() => readInterfaceColors(kept.own), [kept.own]);
  const installation = useMemo(() => readInterfaceColors(kept.installation), [kept.installation]);
  const keep = useCallback(
    (colors: InterfaceColors) => {
      setKept((before) => ({ ...before, own: colors }));
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void saveColors(colors).catch(notifyProblem), REST_MS);
    },
    [setKept],
  );
  return { shown: useMemo(() => ({ ...installation, ...own }), [installation, own]), own, keep };
}

/** Takes over the colours that the account has, which another browser may have changed, and those of the installation. */
export function useColorsOfAccount({ username, colors }: UiSession): void {
  const [, setKept] = useKept();
  useEffect(() => {
    setKept((before) => {
      const unsaved = before.of === username || before.of === "" ? before.own : NONE;
      return {
        installation: readInterfaceColors(colors.installation),
        own: colors.own === null ? unsaved : readInterfaceColors(colors.own),
        of: username,
      };
    });
  }, [username, colors, setKept]);
}

function useKept() {
  return useLocalStorage<KeptColors>({ key: "polyflow.colors", defaultValue: FIRST, getInitialValueInEffect: false });
}
