import { useTranslation } from "react-i18next";
import classes from "./state.module.css";
import { StateIcon } from "./state-icon.tsx";
import { STATE_LABELS, stateOf } from "./state-label.ts";

/** A state with its icon and name. `bare`: without the tinted pill, for dense tables. */
export function StateBadge({ state: name, bare = false }: { state: string | null; bare?: boolean }) {
  const { t } = useTranslation();
  const state = stateOf(name);
  return (
    <span className={bare ? classes["bare"] : classes["badge"]} data-state={state}>
      <StateIcon state={state} size={15} />
      {t(STATE_LABELS[state])}
    </span>
  );
}
