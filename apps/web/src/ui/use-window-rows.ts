import { useWindowVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useRef, useState } from "react";

const OVERSCAN = 6;

/** Rows of a long table that scrolls with the page: only those in view exist. */
export interface WindowRows {
  /** For the element that holds the rows. */
  readonly body: RefObject<HTMLDivElement | null>;
  readonly virtualizer: Virtualizer<Window, Element>;
  /** Distance of the body from the top of the page, in pixels: rows are placed relative to it. */
  readonly offset: number;
}

/** @param rowHeight estimate in pixels; real heights are measured */
export function useWindowRows(count: number, rowHeight: number): WindowRows {
  const body = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    // What stands above the rows may grow (an alert opened), which moves them.
    const measure = () => setOffset(body.current ? Math.round(body.current.getBoundingClientRect().top + window.scrollY) : 0);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  const virtualizer = useWindowVirtualizer({ count, estimateSize: () => rowHeight, overscan: OVERSCAN, scrollMargin: offset });
  return { body, virtualizer, offset };
}
