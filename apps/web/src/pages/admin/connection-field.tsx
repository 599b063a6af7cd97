import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import type { JsonValue } from "@polyflow/contracts";
import type { UiConnectionField } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import { useLocalText } from "../../i18n/use-local-text.ts";

interface ConnectionFieldProps {
  readonly field: UiConnectionField;
  readonly value: JsonValue;
  readonly change: (value: JsonValue) => void;
}

const MASK = "***";
const YES = new Set(["true", "1", "yes"]);
const textOf = (value: JsonValue) => (value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** One setting as its kind wants it. A masked value shows as set; typing replaces it. */
export function ConnectionField({ field, value, change }: ConnectionFieldProps) {
  const { t } = useTranslation();
  const local = useLocalText();
  const isMasked = value === MASK;
  const described = {
    label: local(field.label),
    description: isMasked ? t("Set. Type to replace it.") : field.help === null ? undefined : local(field.help),
    placeholder: field.default ?? "",
    withAsterisk: field.required,
  };
  const text = textOf(value);
  if (field.kind === "multiline") {
    return (
      <Textarea
        {...described}
        autosize
        minRows={1}
        maxRows={8}
        classNames={{ input: "pf-mono" }}
        value={text}
        autoComplete="off"
        onChange={(event) => change(event.currentTarget.value)}
      />
    );
  }
  if (field.secret) {
    return (
      <PasswordInput
        {...described}
        autoComplete="new-password"
        value={text}
        onChange={(event) => change(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("Show the password") }}
      />
    );
  }
  if (isMasked || field.kind === "text") {
    return <TextInput {...described} autoComplete="off" value={text} onChange={(event) => change(event.currentTarget.value)} />;
  }
  switch (field.kind) {
    case "boolean": {
      const { placeholder: standard, withAsterisk: _none, ...rest } = described;
      const isOn = YES.has((text === "" ? standard : text).toLowerCase());
      return <Switch {...rest} checked={isOn} onChange={(event) => change(event.currentTarget.checked)} />;
    }
    case "number":
      return (
        <NumberInput
          {...described}
          value={text}
          onChange={(entered) => change(entered)}
          hideControls
          thousandSeparator=""
          min={field.name === "port" ? 1 : 0}
          max={field.name === "port" ? 65_535 : Number.MAX_SAFE_INTEGER}
        />
      );
    case "choice":
      return (
        <Select {...described} clearable value={text || null} onChange={(choice) => change(choice)} data={choicesOf(field.choices, text)} />
      );
  }
}

/** A value of another release still shows. */
function choicesOf(choices: readonly string[], value: string): string[] {
  return value === "" || choices.includes(value) ? [...choices] : [...choices, value];
}
