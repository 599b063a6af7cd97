import { SegmentedControl, SimpleGrid, Skeleton, TextInput } from "@mantine/core";
import type { ConnectionValues } from "@polyflow/contracts";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeOne, type Connection, createOne } from "../../api/admin.ts";
import { connectionTypesQuery } from "../../api/connections.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import { bodyOf, draftOf, typeOf } from "./connection-draft.ts";
import { ConnectionFields } from "./connection-fields.tsx";
import { ConnectionText, type TextForm } from "./connection-text.tsx";
import { ConnectionTypeSelect } from "./connection-type-select.tsx";
import { TrialResult, TryButton, useConnectionTrial } from "./connection-trial.tsx";

/** Stands for a name that is not given yet, when a new connection is tried. */
const UNNAMED = "new";

interface ConnectionFormProps {
  readonly connection: Connection | null;
  readonly close: () => void;
}

/** A connection with the fields of its type, or as one text; it can be tried before it is saved. */
export function ConnectionForm({ connection, close }: ConnectionFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: types, isPending } = useQuery(connectionTypesQuery);
  const [connectionId, setConnectionId] = useState(connection?.connection_id ?? "");
  const [values, setValues] = useState(() => draftOf(connection));
  const [isReadable, setReadable] = useState(true);
  const [form, setForm] = useState<"fields" | TextForm>("fields");
  const type = typeOf(types ?? [], values.type);
  const trial = useConnectionTrial(isReadable ? bodyOf(connectionId.trim() || UNNAMED, values) : undefined);
  const change = (next: ConnectionValues | undefined) => {
    setReadable(next !== undefined);
    if (next !== undefined) setValues(next);
  };
  const save = async () => {
    const body = bodyOf(connectionId, values);
    await (connection === null ? createOne("connections", body) : changeOne("connections", connection.connection_id, body));
    await client.invalidateQueries({ queryKey: ["connections"] });
  };
  return (
    <EditDialog
      title={connection === null ? t("New connection") : t("Connection {{name}}", { name: connection.connection_id })}
      close={close}
      save={connectionId.trim() === "" || !isReadable ? undefined : save}
      submit={t("Save")}
      size="lg"
      aside={<TryButton {...trial} />}
    >
      <SegmentedControl
        aria-label={t("Form of the connection")}
        size="xs"
        value={form}
        disabled={!isReadable}
        onChange={(value) => setForm(value === "uri" || value === "json" ? value : "fields")}
        data={[
          { value: "fields", label: t("Fields") },
          { value: "uri", label: "URI" },
          { value: "json", label: "JSON" },
        ]}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {connection === null && (
          <TextInput
            label={t("Connection id")}
            required
            data-autofocus
            value={connectionId}
            onChange={(event) => setConnectionId(event.currentTarget.value)}
          />
        )}
        {form === "fields" && (
          <ConnectionTypeSelect types={types ?? []} value={values.type} choose={(chosen) => setValues({ ...values, type: chosen })} />
        )}
      </SimpleGrid>
      <ConnectionSettings
        key={form === "fields" ? values.type : form}
        form={form}
        values={values}
        type={type}
        isPending={isPending}
        change={change}
      />
      <TextInput
        label={t("Description")}
        value={values.description ?? ""}
        onChange={(event) => setValues({ ...values, description: event.currentTarget.value || null })}
      />
      <TrialResult {...trial} />
    </EditDialog>
  );
}

interface ConnectionSettingsProps {
  readonly form: "fields" | TextForm;
  readonly values: ConnectionValues;
  readonly type: UiConnectionType | undefined;
  readonly isPending: boolean;
  readonly change: (values: ConnectionValues | undefined) => void;
}

function ConnectionSettings({ form, values, type, isPending, change }: ConnectionSettingsProps) {
  if (form !== "fields") return <ConnectionText form={form} values={values} example={type?.example ?? ""} change={change} />;
  if (isPending) return <Skeleton height={180} />;
  return <ConnectionFields values={values} type={type} change={change} />;
}
