import { Textarea } from "@mantine/core";
import { connectionJson, connectionUri, type ConnectionValues, parseConnection } from "@polyflow/contracts";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export type TextForm = "uri" | "json";

interface ConnectionTextProps {
  readonly form: TextForm;
  readonly values: ConnectionValues;
  /** An example in the URI form. */
  readonly example: string;
  /** Undefined: the text cannot be read. */
  readonly change: (values: ConnectionValues | undefined) => void;
}

/** The whole connection as one text, in Airflow's forms; either form may be pasted into either. Masks keep what is stored. */
export function ConnectionText({ form, values, example, change }: ConnectionTextProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => (isEmpty(values) ? "" : written(form, values)));
  const [problem, setProblem] = useState<string | null>(null);
  const read = (typed: string) => {
    setText(typed);
    try {
      const parsed = parseConnection(typed);
      // A URI has no place for the description.
      change({ ...parsed, description: parsed.description ?? values.description });
      setProblem(null);
    } catch (error) {
      change(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Textarea
      label={form === "uri" ? t("Connection as URI") : t("Connection as JSON")}
      description={t("*** stands for what is stored. Other parts are percent-encoded in a URI.")}
      placeholder={form === "uri" ? example : ""}
      autosize
      minRows={form === "uri" ? 3 : 8}
      spellCheck={false}
      autoComplete="off"
      classNames={{ input: "pf-mono" }}
      value={text}
      error={problem}
      onChange={(event) => read(event.currentTarget.value)}
    />
  );
}

function written(form: TextForm, values: ConnectionValues): string {
  return form === "uri" ? connectionUri(values) : JSON.stringify(JSON.parse(connectionJson(values)), null, 2);
}

function isEmpty({ type: _type, extra, ...parts }: ConnectionValues): boolean {
  return Object.keys(extra).length === 0 && Object.values(parts).every((value) => value === null);
}
