import { CloseButton } from "@mantine/core";
import { IconAlertTriangleFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../access/use-rights.ts";
import { emergencyQuery, type Failure } from "../api/emergency.ts";
import { useFormat } from "../format/format-provider.tsx";
import classes from "./emergency-banner.module.css";
import { FAILURES } from "./failure-texts.ts";

const keyOf = (failures: readonly Failure[]) => failures.map(({ component, since }) => `${component} ${since}`).join();

/** Says above every page what has failed, since when, and what to do; to administrators more than to others. It can be put away until the next change. */
export function EmergencyBanner() {
  const { t } = useTranslation();
  const rights = useRights();
  const { data } = useQuery(emergencyQuery);
  const [seen, setSeen] = useState("");
  const failures = data?.failures ?? [];
  if (failures.length === 0 || keyOf(failures) === seen) return null;
  const isAdministrator = rights.everywhere("read", "Audit Logs");
  return (
    <section role="alert" className={classes["banner"]} aria-label={t("Something has failed")}>
      <IconAlertTriangleFilled size={20} aria-hidden className={classes["icon"]} />
      <ul className={classes["failures"]}>
        {failures.map((failure) => (
          <FailureText key={failure.component} failure={failure} isAdministrator={isAdministrator} />
        ))}
      </ul>
      <CloseButton aria-label={t("Put away")} className={classes["close"] ?? ""} onClick={() => setSeen(keyOf(failures))} />
    </section>
  );
}

function FailureText({ failure, isAdministrator }: { failure: Failure; isAdministrator: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { what, effect, remedy } = FAILURES[failure.component];
  return (
    <li>
      <b>{t(what)}</b> {failure.since !== null && <>{t("since {{time}}.", { time: format.instant(failure.since) })} </>}
      {t(effect)} {isAdministrator ? t(remedy) : t("Administrators have been told.")}
    </li>
  );
}
