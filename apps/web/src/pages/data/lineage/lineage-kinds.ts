import type { LineageKind } from "@polyflow/contracts/wire";
import { IconBox, IconDatabaseImport, IconPlayerPlay, IconTable, IconTableAlias, IconTransform } from "@tabler/icons-react";
import { msgid } from "../../../i18n/msgid.ts";

/** How the kinds of nodes are called and drawn. */
export const KINDS = {
  source: { label: msgid("Source"), Icon: IconDatabaseImport },
  entity: { label: msgid("Table"), Icon: IconTable },
  model: { label: msgid("Model"), Icon: IconTransform },
  table: { label: msgid("Table without a description"), Icon: IconTableAlias },
  asset: { label: msgid("Asset"), Icon: IconBox },
  process: { label: msgid("Process"), Icon: IconPlayerPlay },
} as const satisfies { readonly [kind in LineageKind]: object };
