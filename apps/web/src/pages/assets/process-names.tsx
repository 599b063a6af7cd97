import { ProcessLink } from "../../lists/links.tsx";

/** The processes of uses of an asset, each once. */
export function ProcessNames({ uses }: { uses: readonly { readonly dag_id: string }[] }) {
  const names = [...new Set(uses.map(({ dag_id: dagId }) => dagId))];
  if (names.length === 0) return "—";
  return names.map((dagId, index) => (
    <span key={dagId}>
      {index > 0 && ", "}
      <ProcessLink dagId={dagId} />
    </span>
  ));
}
