import { Tooltip } from "@mantine/core";
import { useFormat } from "../format/format-provider.tsx";
import { useTextNow } from "../format/use-text-now.ts";
import { usePrinting } from "../print/printing.ts";

/** An instant as distance from now, in full on hover; on paper, where nothing moves on, in full alone. */
export function When({ at }: { at: string }) {
  const isPrinting = usePrinting();
  const format = useFormat();
  return isPrinting ? <time dateTime={at}>{format.instant(at)}</time> : <FromNow at={at} />;
}

function FromNow({ at }: { at: string }) {
  const format = useFormat();
  const text = useTextNow((now) => format.relative(at, now));
  return (
    <Tooltip label={format.instant(at)}>
      <time dateTime={at}>{text}</time>
    </Tooltip>
  );
}

/** Time from start to end; runs while there is no end. A dash before the start. */
export function Elapsed({ start, end, live }: { start: string | null; end: string | null; live: boolean }) {
  const format = useFormat();
  if (start === null || (end === null && !live)) return <span>—</span>;
  return end === null ? <Running start={start} /> : <span>{format.duration(Date.parse(end) - Date.parse(start))}</span>;
}

/** What still runs is shown once a second; tenths of it would only flicker. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

function Running({ start }: { start: string }) {
  const format = useFormat();
  return <span>{useTextNow((now) => format.duration(wholeSeconds(now - Date.parse(start))))}</span>;
}
