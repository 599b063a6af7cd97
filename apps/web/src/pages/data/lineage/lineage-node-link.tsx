import type { UiLineageNode } from "@polyflow/contracts/wire";
import { Button } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

/** Leads to the page of what a node stands for; models and foreign tables have none. */
export function LineageNodeLink({ node: { kind, project, name, detail, asset_id: assetId } }: { node: UiLineageNode }) {
  const { t } = useTranslation();
  const shape = { size: "xs", variant: "default", leftSection: <IconExternalLink size={15} /> } as const;
  const text = t("Open", { context: "action" });
  if (kind === "entity" && project !== null) {
    const params = { project, entity: name };
    return (
      <Button {...shape} renderRoot={(props) => <Link {...props} to="/data/entities/$project/$entity" params={params} />} children={text} />
    );
  }
  if (kind === "source" && project !== null) {
    const params = { project, source: name };
    return (
      <Button {...shape} renderRoot={(props) => <Link {...props} to="/data/sources/$project/$source" params={params} />} children={text} />
    );
  }
  if (kind === "asset" && assetId !== null) {
    const params = { assetId: String(assetId) };
    return <Button {...shape} renderRoot={(props) => <Link {...props} to="/data-assets/$assetId" params={params} />} children={text} />;
  }
  if (kind !== "process") return null;
  const search = detail === null ? {} : { task: detail };
  return (
    <Button
      {...shape}
      renderRoot={(props) => <Link {...props} to="/dags/$dagId" params={{ dagId: name }} search={search} />}
      children={text}
    />
  );
}
