import { IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "./tags.module.css";

/** Tags and owners of a process; each opens the list narrowed to it. */
export function Tags({ tags, owners }: { tags: readonly string[]; owners: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <>
      {owners.map((owner) => (
        <Link
          key={`owner ${owner}`}
          to="/dags"
          search={{ owner }}
          className={classes["owner"]}
          aria-label={t("Processes of {{owner}}", { owner })}
        >
          <IconUser size={12} aria-hidden />
          {owner}
        </Link>
      ))}
      {tags.map((tag) => (
        <Link key={`tag ${tag}`} to="/dags" search={{ tag }} className={classes["tag"]} aria-label={t("Processes tagged {{tag}}", { tag })}>
          {tag}
        </Link>
      ))}
    </>
  );
}
