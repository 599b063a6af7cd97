import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Nothing, Problem } from "../ui/problem.tsx";
import classes from "./lists.module.css";

interface ListBodyProps {
  readonly query: {
    readonly error: unknown;
    readonly isPending: boolean;
    readonly refetch: () => unknown;
    readonly hasNextPage?: boolean;
    readonly isFetchingNextPage?: boolean;
    readonly fetchNextPage?: () => unknown;
  };
  /** How many rows there are; undefined while nothing is known. */
  readonly count: number | undefined;
  readonly narrowed: boolean;
  /** Title and text of the list without a row. */
  readonly empty: { readonly title: string; readonly text?: ReactNode };
  readonly children: ReactNode;
}

/** A list in all its states: loading, failed, empty, nothing found, rows, more rows to come. */
export function ListBody({ query, count, narrowed, empty, children }: ListBodyProps) {
  const { t } = useTranslation();
  if (query.error && count === undefined) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (count === undefined) return <Skeleton height={320} />;
  if (count === 0)
    return narrowed ? <Nothing title={t("Nothing matches the filters")} /> : <Nothing title={empty.title}>{empty.text}</Nothing>;
  return (
    <>
      {children}
      {query.hasNextPage && (
        <Button
          variant="default"
          className={classes["more"] ?? ""}
          loading={query.isFetchingNextPage ?? false}
          onClick={() => void query.fetchNextPage?.()}
        >
          {t("Show more")}
        </Button>
      )}
    </>
  );
}
