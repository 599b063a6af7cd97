import { defaultRangeExtractor, type Range, useWindowVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { type CSSProperties, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { MOST_PRINTED, usePrinting } from "../print/printing.ts";

const OVERSCAN = 6;

/** Rows of a long table that scrolls with the page: only those in view exist; on paper, all. */
export interface WindowRows {
  /** For the element that holds the rows. */
  readonly body: { readonly ref: RefObject<HTMLDivElement | null>; readonly style: CSSProperties; readonly "data-print-rows": "" };
  readonly rows: readonly VirtualItem[];
  /** Puts the element of a row in its place. */
  readonly placed: (row: VirtualItem) => PlacedRow;
  readonly isPrinting: boolean;
}

interface PlacedRow {
  readonly ref: ((element: Element | null) => void) | undefined;
  readonly "data-index": number;
  readonly style: CSSProperties;
}

/** @param rowHeight estimate in pixels; real heights are measured */
export function useWindowRows(count: number, rowHeight: number): WindowRows {
  const ref = useRef<HTMLDivElement>(null);
  const isPrinting = usePrinting();
  // Distance of the body from the top of the page, in pixels: rows are placed relative to it.
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    // What stands above the rows may grow (an alert opened), which moves them.
    const measure = () => setOffset(ref.current ? Math.round(ref.current.getBoundingClientRect().top + window.scrollY) : 0);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: offset,
    rangeExtractor: isPrinting ? firstRows : defaultRangeExtractor,
  });
  return {
    body: { ref, style: { height: virtualizer.getTotalSize(), position: "relative" }, "data-print-rows": "" },
    rows: virtualizer.getVirtualItems(),
    placed: (row) => ({
      // The heights on paper are not those on the screen.
      ref: isPrinting ? undefined : virtualizer.measureElement,
      "data-index": row.index,
      style: { transform: `translateY(${row.start - offset}px)` },
    }),
    isPrinting,
  };
}

function firstRows({ count }: Range): number[] {
  return Array.from({ length: Math.min(count, MOST_PRINTED) }, (_, index) => index);
}
