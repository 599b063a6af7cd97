import { useMemo, useState } from "react";
import type { UiDag } from "../api/dags.ts";
import { useFormat } from "../format/format-provider.tsx";
import { valuesOfConf } from "./conf-values.ts";
import { type FieldValue, type FieldValues, type ParamField, paramFields } from "./param-fields.ts";
import { type Conf, type FieldProblem, type FormReading, readConfText, readForm } from "./read-form.ts";
import { useTrigger } from "./use-trigger.tsx";
import { instantOfField } from "./zoned-input.ts";

export type FormMode = "form" | "json";

/** What a run may be given besides its parameters; text of the fields. */
export interface RunSettings {
  readonly runId: string;
  readonly logicalDate: string;
  readonly note: string;
}

export interface TriggerFormState {
  readonly fields: readonly ParamField[];
  readonly values: FieldValues;
  readonly problems: Readonly<Record<string, FieldProblem>>;
  readonly mode: FormMode;
  readonly text: string;
  readonly textProblem: FieldProblem | null;
  readonly settings: RunSettings;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly set: (name: string, value: FieldValue) => void;
  readonly setText: (text: string) => void;
  readonly setMode: (mode: FormMode) => void;
  readonly changeSettings: (part: Partial<RunSettings>) => void;
  /** Takes over the parameters of an earlier run. */
  readonly fill: (conf: Conf) => void;
  /** What is filled in, as a conf; undefined, with problems shown, when it is not right. */
  readonly read: () => Conf | undefined;
  readonly submit: (unpause: boolean, started: (runId: string) => void) => void;
}

const pretty = (conf: Conf) => JSON.stringify(conf, null, 2);

/** The state of the form that starts a run: fields and JSON are two views of the same conf. */
export function useTriggerForm(dag: UiDag, conf: Conf | undefined): TriggerFormState {
  const { zone } = useFormat();
  const fields = useMemo(() => paramFields(dag.params), [dag.params]);
  const [values, setValues] = useState<FieldValues>(() => valuesOfConf(fields, conf ?? {}));
  const [reading, setReading] = useState<FormReading | null>(null);
  const [mode, setMode] = useState<FormMode>("form");
  const [text, setText] = useState(() => pretty(conf ?? readForm(fields, {}, zone).conf));
  const [textProblem, setTextProblem] = useState<FieldProblem | null>(null);
  const [settings, setSettings] = useState<RunSettings>({ runId: "", logicalDate: "", note: "" });
  const trigger = useTrigger(dag.dag_id);

  const fill = (next: Conf) => {
    setValues(valuesOfConf(fields, next));
    setText(pretty(next));
    setReading(null);
    setTextProblem(null);
  };
  /** The conf as the shown view has it; undefined, with problems shown, when it is not right. */
  const read = (): Conf | undefined => {
    if (mode === "json") {
      const answer = readConfText(text);
      setTextProblem("problem" in answer ? answer.problem : null);
      return "conf" in answer ? answer.conf : undefined;
    }
    const form = readForm(fields, values, zone);
    setReading(form);
    return Object.keys(form.problems).length === 0 ? form.conf : undefined;
  };
  const changeMode = (next: FormMode) => {
    if (next === "json") setText(pretty(readForm(fields, values, zone).conf));
    else {
      const answer = readConfText(text);
      if ("problem" in answer) {
        setTextProblem(answer.problem);
        return;
      }
      fill(answer.conf);
    }
    setMode(next);
  };
  const submit = (unpause: boolean, started: (runId: string) => void) => {
    const wanted = read();
    if (wanted === undefined) return;
    const request = {
      conf: wanted,
      runId: settings.runId.trim() || undefined,
      note: settings.note.trim() || undefined,
      logicalDate: instantOfField(settings.logicalDate, zone),
      unpause,
    };
    trigger.mutate(request, { onSuccess: (run) => started(run.dag_run_id) });
  };
  return {
    fields,
    values,
    problems: reading?.problems ?? {},
    mode,
    text,
    textProblem,
    settings,
    isPending: trigger.isPending,
    error: trigger.error,
    set: (name, value) => setValues((before) => ({ ...before, [name]: value })),
    setText,
    setMode: changeMode,
    changeSettings: (part) => setSettings((before) => ({ ...before, ...part })),
    fill,
    read,
    submit,
  };
}
