import { Checkbox, Skeleton, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { searchQuery } from "../../api/code.ts";
import { Problem } from "../../ui/problem.tsx";
import classes from "./code-page.module.css";

const TYPING_PAUSE_MS = 300;

/** Looks for a text in all files of the project. */
export function FindPanel({ project, open }: { project: string; open: (path: string, line: number) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [matchCase, setMatchCase] = useState(false);
  const [wanted] = useDebouncedValue(text, TYPING_PAUSE_MS);
  const { data, error, isFetching } = useQuery(searchQuery(project, wanted, matchCase));
  const files = [...Map.groupBy(data?.lines ?? [], (line) => line.path)];
  return (
    <>
      <TextInput
        aria-label={t("Find in files")}
        placeholder={t("Find in files")}
        leftSection={<IconSearch size={15} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Checkbox
        size="xs"
        mt={8}
        mb={4}
        label={t("Match case")}
        checked={matchCase}
        onChange={(event) => setMatchCase(event.currentTarget.checked)}
      />
      {error && <Problem error={error} />}
      {isFetching && !data && <Skeleton height={120} />}
      {data && wanted !== "" && (
        <p className={classes["dim"]} role="status">
          {data.is_cut
            ? t("More than {{count}} line found", { count: data.lines.length })
            : t("{{count}} line found", { count: data.lines.length })}
        </p>
      )}
      {files.map(([path, lines]) => (
        <div key={path}>
          <div className={classes["file"]}>{path}</div>
          {lines.map((line) => (
            <UnstyledButton key={line.line} className={classes["found"]} onClick={() => open(path, line.line)}>
              <code>{`${line.line}  ${line.text.trim()}`}</code>
            </UnstyledButton>
          ))}
        </div>
      ))}
    </>
  );
}
