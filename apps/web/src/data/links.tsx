import { Link } from "@tanstack/react-router";

export function EntityLink({ project, entity, label }: { project: string; entity: string; label?: string }) {
  return (
    <Link to="/data/entities/$project/$entity" params={{ project, entity }}>
      {label ?? entity}
    </Link>
  );
}

export function SourceLink({ project, source, label }: { project: string; source: string; label?: string }) {
  return (
    <Link to="/data/sources/$project/$source" params={{ project, source }}>
      {label ?? source}
    </Link>
  );
}
