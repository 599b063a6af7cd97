import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Connection, connectionsQuery } from "../../api/admin.ts";
import { connectionTypesQuery } from "../../api/connections.ts";
import { useLocalText } from "../../i18n/use-local-text.ts";
import type { Column } from "../../lists/list-table.tsx";
import { AdminList } from "./admin-list.tsx";
import { ConnectionForm } from "./connection-form.tsx";
import { typeOf } from "./connection-draft.ts";

/** Connections: where things are and how to get in. Secrets go in and never come out. */
export function ConnectionsPage() {
  const { t } = useTranslation();
  const local = useLocalText();
  const { data: types = [] } = useQuery(connectionTypesQuery);
  const nameOfType = (name: string) => {
    const type = typeOf(types, name);
    return type === undefined ? name : local(type.title);
  };
  const columns: readonly Column<Connection>[] = [
    { header: t("Connection"), cell: (connection) => <b className="pf-mono">{connection.connection_id}</b> },
    { header: t("Type"), cell: (connection) => nameOfType(connection.conn_type), fixed: true },
    {
      header: t("Host"),
      cell: (connection) => [connection.host, connection.port].filter((part) => part !== null && part !== "").join(":"),
    },
    { header: t("Database"), cell: (connection) => connection.schema },
    { header: t("User name"), cell: (connection) => connection.login },
    { header: t("Password"), cell: (connection) => <Encrypted isSet={connection.password !== null} />, fixed: true },
    { header: t("Extra"), cell: (connection) => <Encrypted isSet={connection.extra !== null} />, fixed: true },
    { header: t("Description"), cell: (connection) => connection.description, dim: true },
  ];
  return (
    <AdminList
      list="connections"
      resource="Connections"
      title={t("Connections")}
      hint={t("Passwords and extra settings are encrypted at rest and never shown again.")}
      query={connectionsQuery}
      columns={columns}
      nameOf={(connection) => connection.connection_id}
      textOf={(connection) =>
        [connection.connection_id, connection.conn_type, connection.host, connection.schema, connection.login, connection.description].join(
          " ",
        )
      }
      empty={{ title: t("No connections yet"), text: t("Tasks name a connection; here stands where it leads.") }}
      addLabel={t("New connection")}
      deleteTitle={t("Delete connections")}
      form={(connection, close) => <ConnectionForm key={connection?.connection_id} connection={connection} close={close} />}
    />
  );
}

function Encrypted({ isSet }: { isSet: boolean }) {
  const { t } = useTranslation();
  if (!isSet) return "—";
  return (
    <Tooltip label={t("Set, encrypted at rest")}>
      <span tabIndex={0} role="img" aria-label={t("Set, encrypted at rest")}>
        <IconLock size={16} aria-hidden />
      </span>
    </Tooltip>
  );
}
