import { Group, NumberInput, PasswordInput, Select, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeOne, type Connection, createOne } from "../../api/admin.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import { joinExtra, splitExtra } from "./connection-extra.ts";
import { ConnectionExtraField } from "./connection-extra-field.tsx";
import { CONNECTION_TYPES, connectionType } from "./connection-types.ts";

/** What the form holds; text throughout. */
interface Draft {
  readonly connection_id: string;
  readonly conn_type: string;
  readonly description: string;
  readonly host: string;
  readonly port: string | number;
  readonly schema: string;
  readonly login: string;
  readonly password: string;
}

const EMPTY: Draft = {
  connection_id: "",
  conn_type: "postgres",
  description: "",
  host: "",
  port: "",
  schema: "",
  login: "",
  password: "",
};

/** Null stands for an empty field. */
function draftOf(connection: Connection | null): Draft {
  if (connection === null) return EMPTY;
  const { extra: _extra, ...fields } = connection;
  const filled = Object.entries(fields).filter(([name, value]) => name in EMPTY && value !== null);
  return { ...EMPTY, ...Object.fromEntries(filled) };
}

/** A connection, with the fields that its kind has. */
export function ConnectionForm({ connection, close }: { connection: Connection | null; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(connection));
  const kind = connectionType(draft.conn_type);
  const [extra, setExtra] = useState(() => splitExtra(connection?.extra ?? null, kind.extra));
  const extraText = joinExtra(extra);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const changeType = (type: string) => {
    change({ conn_type: type });
    setExtra(splitExtra(extraText ?? null, connectionType(type).extra));
  };
  const save = async () => {
    const body = {
      ...draft,
      connection_id: draft.connection_id.trim(),
      port: draft.port === "" ? null : Number(draft.port),
      extra: extraText ?? "",
      host: draft.host || null,
      schema: draft.schema || null,
      login: draft.login || null,
      password: draft.password || null,
      description: draft.description || null,
    };
    await (connection === null ? createOne("connections", body) : changeOne("connections", connection.connection_id, body));
    await client.invalidateQueries({ queryKey: ["connections"] });
  };
  const known = CONNECTION_TYPES.map(({ type, name }) => ({ value: type, label: t(name) }));
  const isKnown = known.some(({ value }) => value === draft.conn_type);
  return (
    <EditDialog
      title={connection === null ? t("New connection") : t("Connection {{name}}", { name: connection.connection_id })}
      close={close}
      save={draft.connection_id.trim() === "" || extraText === undefined ? undefined : save}
      submit={t("Save")}
      size="lg"
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {connection === null && (
          <TextInput
            label={t("Connection id")}
            required
            data-autofocus
            value={draft.connection_id}
            onChange={(event) => change({ connection_id: event.currentTarget.value })}
          />
        )}
        <Select
          label={t("Type")}
          searchable
          allowDeselect={false}
          value={draft.conn_type}
          onChange={(value) => value !== null && changeType(value)}
          data={isKnown ? known : [...known, { value: draft.conn_type, label: draft.conn_type }]}
        />
      </SimpleGrid>
      <StandardFields draft={draft} change={change} port={kind.port} fields={kind.fields} />
      {kind.extra.map((field) => (
        <ConnectionExtraField
          key={field.name}
          field={field}
          value={extra.fields[field.name]}
          change={(value) => setExtra((before) => ({ ...before, fields: { ...before.fields, [field.name]: value } }))}
        />
      ))}
      <Textarea
        label={t("Other settings (JSON)")}
        autosize
        minRows={2}
        classNames={{ input: "pf-mono" }}
        value={extra.rest}
        error={extraText === undefined ? t("A JSON object is needed: {…}") : null}
        onChange={(event) => setExtra((before) => ({ ...before, rest: event.currentTarget.value }))}
      />
      <TextInput
        label={t("Description")}
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
    </EditDialog>
  );
}

interface StandardFieldsProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly port: number | undefined;
  readonly fields: ReturnType<typeof connectionType>["fields"];
}

function StandardFields({ draft, change, port, fields }: StandardFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      {(fields.host !== undefined || fields.port !== undefined) && (
        <Group align="end" wrap="nowrap">
          {fields.host !== undefined && (
            <TextInput
              flex={1}
              label={t(fields.host)}
              value={draft.host}
              onChange={(event) => change({ host: event.currentTarget.value })}
            />
          )}
          {fields.port !== undefined && (
            <NumberInput
              w={120}
              label={t(fields.port)}
              min={1}
              max={65_535}
              hideControls
              thousandSeparator=""
              placeholder={port === undefined ? "" : String(port)}
              value={draft.port}
              onChange={(value) => change({ port: value })}
            />
          )}
        </Group>
      )}
      {fields.schema !== undefined && (
        <TextInput label={t(fields.schema)} value={draft.schema} onChange={(event) => change({ schema: event.currentTarget.value })} />
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {fields.login !== undefined && (
          <TextInput
            label={t(fields.login)}
            autoComplete="off"
            value={draft.login}
            onChange={(event) => change({ login: event.currentTarget.value })}
          />
        )}
        {fields.password !== undefined && (
          <PasswordInput
            label={t(fields.password)}
            autoComplete="new-password"
            description={draft.password === "***" ? t("Set. Type to replace it.") : undefined}
            value={draft.password}
            onChange={(event) => change({ password: event.currentTarget.value })}
            visibilityToggleButtonProps={{ "aria-label": t("Show the password") }}
          />
        )}
      </SimpleGrid>
    </>
  );
}
