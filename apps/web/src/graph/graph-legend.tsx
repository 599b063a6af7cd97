import { useTranslation } from "react-i18next";
import classes from "./graph.module.css";

/** What the kinds of lines mean. */
export function GraphLegend() {
  const { t } = useTranslation();
  return (
    <div className={classes["legend"]}>
      <span>
        <i data-kind="data" />
        {t("data")}
      </span>
      <span>
        <i data-kind="order" />
        {t("order only")}
      </span>
    </div>
  );
}
