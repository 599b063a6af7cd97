import { Tooltip } from "@mantine/core";
import { useFormat } from "../format/format-provider.tsx";
import { useNow } from "../format/use-now.ts";

/** An instant as distance from now, in full on hover. */
export function When({ at }: { at: string }) {
  const format = useFormat();
  const now = useNow();
  return (
    <Tooltip label={format.instant(at)}>
      <time dateTime={at}>{format.relative(at, now)}</time>
    </Tooltip>
  );
}

/** Time from start to end; runs while there is no end. A dash before the start. */
export function Elapsed({ start, end, live }: { start: string | null; end: string | null; live: boolean }) {
  if (start === null || (end === null && !live)) return <span>—</span>;
  return end === null ? <Running start={start} /> : <Fixed ms={Date.parse(end) - Date.parse(start)} />;
}

function Running({ start }: { start: string }) {
  return <Fixed ms={useNow() - Date.parse(start)} />;
}

function Fixed({ ms }: { ms: number }) {
  return <span>{useFormat().duration(ms)}</span>;
}
