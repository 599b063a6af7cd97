import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ExtraField } from "./connection-types.ts";

interface ConnectionExtraFieldProps {
  readonly field: ExtraField;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
}

const MASK = "***";
const textOf = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** One setting of `extra` as its kind wants it. A masked value shows as set; only typing replaces it. */
export function ConnectionExtraField({ field, value, change }: ConnectionExtraFieldProps) {
  const { t } = useTranslation();
  const label = t(field.label);
  if (value === MASK && field.kind !== "secret" && field.kind !== "multiline-secret") {
    return (
      <TextInput
        label={label}
        description={t("Set. Type to replace it.")}
        value={MASK}
        onChange={(event) => change(event.currentTarget.value.replaceAll("*", ""))}
      />
    );
  }
  const text = textOf(value);
  switch (field.kind) {
    case "boolean":
      return <Switch label={label} checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />;
    case "number":
      return <NumberInput label={label} value={text} onChange={change} />;
    case "choice":
      return (
        <Select
          label={label}
          clearable
          value={text || null}
          onChange={(choice) => change(choice ?? "")}
          data={[...(field.choices ?? [])]}
        />
      );
    case "secret":
      return (
        <PasswordInput
          label={label}
          autoComplete="new-password"
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("Show the password") }}
        />
      );
    case "multiline-secret":
      return (
        <Textarea
          label={label}
          autosize
          minRows={2}
          maxRows={8}
          classNames={{ input: "pf-mono" }}
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case "text":
      return <TextInput label={label} value={text} onChange={(event) => change(event.currentTarget.value)} />;
  }
}
