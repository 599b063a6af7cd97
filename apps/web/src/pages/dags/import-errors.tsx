import { Alert, Collapse, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronDown } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ImportError } from "../../api/dags.ts";
import { When } from "../../ui/when.tsx";
import classes from "./import-errors.module.css";

/** Files whose processes could not be read, with the place and the message. */
export function ImportErrors({ errors }: { errors: readonly ImportError[] }) {
  const { t } = useTranslation();
  const [opened, { toggle }] = useDisclosure(false);
  if (errors.length === 0) return null;
  return (
    <Alert color="red" variant="light" p={0} className={classes["alert"]}>
      <UnstyledButton onClick={toggle} aria-expanded={opened} className={classes["summary"]}>
        <IconAlertTriangle size={18} aria-hidden />
        {t("{{count}} file could not be imported", { count: errors.length })}
        <IconChevronDown size={16} aria-hidden className={classes["chevron"]} data-opened={opened} />
      </UnstyledButton>
      <Collapse expanded={opened}>
        <ul className={classes["list"]}>
          {errors.map((error) => (
            <li key={error.file}>
              <div className={classes["place"]}>
                <span className="pf-mono">{placeOf(error)}</span>
                <span className={classes["code"]}>{error.code}</span>
                <When at={error.at} />
              </div>
              <pre className={classes["message"]}>{error.message}</pre>
            </li>
          ))}
        </ul>
      </Collapse>
    </Alert>
  );
}

/** `file:line:column`, as editors understand it. */
function placeOf({ file, line, column }: ImportError): string {
  return [file, line, line === null ? null : column].filter((part) => part !== null).join(":");
}
