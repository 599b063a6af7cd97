import type { AttemptOrder, WatchOrder } from "../protocol/messages.ts";

/** What differs from wait to wait of a run. */
type OwnOrder = Pick<AttemptOrder, "attemptId" | "taskId" | "mapIndex" | "tryNumber" | "inputs" | "mapped" | "wait">;

/** A wait's order as it is kept between two looks. */
export interface KeptOrder extends Pick<WatchOrder, "waitId" | "trigger" | "state"> {
  readonly own: OwnOrder;
  /** The rest as JSON: one text for all waits that have it in common. */
  readonly common: string;
}

/** Keeps the orders of thousands of waits: what those of a run have in common, most of an order, stands here once. */
export class KeptOrders {
  readonly #commons = new Map<string, { readonly text: string; users: number }>();

  /** How many different texts are held. */
  get size(): number {
    return this.#commons.size;
  }

  keep({ waitId, trigger, order, state }: WatchOrder): KeptOrder {
    const { attemptId, taskId, mapIndex, tryNumber, inputs, mapped, wait, ...common } = order;
    const own = { attemptId, taskId, mapIndex, tryNumber, inputs, ...(mapped && { mapped }), ...(wait && { wait }) };
    return { waitId, trigger, own, common: this.#share(JSON.stringify(common)), ...(state === undefined ? {} : { state }) };
  }

  /** To be called once for what `keep` gave. */
  forget({ common }: KeptOrder): void {
    const known = this.#commons.get(common);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users === 0) this.#commons.delete(common);
  }

  #share(text: string): string {
    const known = this.#commons.get(text) ?? { text, users: 0 };
    known.users += 1;
    this.#commons.set(known.text, known);
    return known.text;
  }
}

/** The whole order; what it shares with others is made anew, so that one look cannot change what another sees. */
export function orderOf({ own, common }: KeptOrder): AttemptOrder {
  // written by `keep`
  return { ...(JSON.parse(common) as Omit<AttemptOrder, keyof OwnOrder>), ...own };
}
