import { Accordion, SimpleGrid, Stack, Textarea } from "@mantine/core";
import { type ConnectionValues, isJsonObject } from "@polyflow/contracts";
import type { UiConnectionField, UiConnectionType } from "@polyflow/contracts/wire";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { otherSettings, valueOf, withOtherSettings, withValue } from "./connection-draft.ts";
import { ConnectionField } from "./connection-field.tsx";

interface ConnectionFieldsProps {
  readonly values: ConnectionValues;
  readonly type: UiConnectionType | undefined;
  /** Undefined: what is typed cannot be read. */
  readonly change: (values: ConnectionValues | undefined) => void;
}

/** The fields that the type has, in its order; a type that nobody described has all standard ones. */
export function ConnectionFields({ values, type, change }: ConnectionFieldsProps) {
  const { t } = useTranslation();
  const fields = useStandardFields();
  const shown = type?.fields ?? fields;
  const [first] = useState(() => firstFields(shown, values));
  const control = (field: UiConnectionField) => (
    <ConnectionField
      key={field.name}
      field={field}
      value={valueOf(values, field)}
      change={(value) => change(withValue(values, field, value))}
    />
  );
  const rest = shown.filter(({ name }) => !first.has(name));
  return (
    <>
      <FieldGrid fields={shown.filter(({ name }) => first.has(name))} control={control} />
      {rest.length > 0 && (
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="rest">
            <Accordion.Control>{t("{{count}} further setting", { count: rest.length })}</Accordion.Control>
            <Accordion.Panel>
              <FieldGrid fields={rest} control={control} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
      <OtherSettings values={values} type={type} change={change} />
    </>
  );
}

const FIRST_EXTRAS = 3;

/** What most connections of the type need, and all that is set; the rest opens on demand. */
function firstFields(fields: readonly UiConnectionField[], values: ConnectionValues): ReadonlySet<string> {
  const extras = fields.filter(({ place, kind }) => place === "extra" && kind !== "multiline").slice(0, FIRST_EXTRAS);
  const first = fields.filter((each) => each.place === "field" || each.required || extras.includes(each) || valueOf(values, each) !== null);
  return new Set(first.map(({ name }) => name));
}

interface FieldGridProps {
  readonly fields: readonly UiConnectionField[];
  readonly control: (field: UiConnectionField) => ReactNode;
}

/** Long texts take the whole width, below the others. */
function FieldGrid({ fields, control }: FieldGridProps) {
  const isWide = ({ kind }: UiConnectionField) => kind === "multiline";
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: "start" }}>
        {fields.filter((field) => !isWide(field)).map(control)}
      </SimpleGrid>
      {fields.filter(isWide).map(control)}
    </Stack>
  );
}

/** Settings without a field. The type's own checks will refuse them, so that they are only shown where there are some. */
function OtherSettings({ values, type, change }: ConnectionFieldsProps) {
  const { t } = useTranslation();
  const others = otherSettings(values, type);
  const [text, setText] = useState(() => (Object.keys(others).length === 0 ? "" : JSON.stringify(others, null, 2)));
  if (type !== undefined && text === "") return null;
  return (
    <Textarea
      label={t("Other settings (JSON)")}
      autosize
      minRows={2}
      classNames={{ input: "pf-mono" }}
      value={text}
      error={isObject(text) ? null : t("A JSON object is needed: {…}")}
      onChange={(event) => {
        setText(event.currentTarget.value);
        change(withOtherSettings(values, type, event.currentTarget.value));
      }}
    />
  );
}

function isObject(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function useStandardFields(): readonly UiConnectionField[] {
  const { t } = useTranslation();
  const standard = (name: string, label: string, more: Partial<UiConnectionField> = {}): UiConnectionField => {
    const both = { en: label, ru: label };
    return {
      name,
      place: "field",
      kind: "text",
      label: both,
      help: null,
      secret: false,
      required: false,
      choices: [],
      default: null,
      ...more,
    };
  };
  return [
    standard("host", t("Host")),
    standard("port", t("Port"), { kind: "number" }),
    standard("schema", t("Database")),
    standard("login", t("User name")),
    standard("password", t("Password"), { secret: true }),
  ];
}
