import { defaultRangeExtractor, type Range, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";
import { MOST_PRINTED, usePrinting } from "../print/printing.ts";

const LINE_HEIGHT = 21;

/** The lines of a log that are in view, of those that `count` counts; on paper the last ones, in full. */
export function useLogRows(count: number, scroller: RefObject<HTMLDivElement | null>): Virtualizer<HTMLDivElement, Element> {
  const isPrinting = usePrinting();
  return useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
    rangeExtractor: isPrinting ? lastLines : defaultRangeExtractor,
  });
}

/** How a log ended is what it is printed for. */
function lastLines({ count }: Range): number[] {
  const first = Math.max(0, count - MOST_PRINTED);
  return Array.from({ length: count - first }, (_, index) => first + index);
}
