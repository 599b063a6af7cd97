/** Carries the type of an output; exists for the compiler only. */
declare const OUTPUT: unique symbol;

/** What can be taken out of an output with `get`: an element of a list, a property of an object. */
export type PropertyOf<Value> = Value extends readonly unknown[] ? number : keyof Value & string;

/** The future output of a task, or a part of it: give it to another task as an input. */
export interface OutputHandle<Output> {
  readonly [OUTPUT]?: Output;
  /**
   * One property of the output.
   * @example const rows = file.get("rows"); // OutputHandle<number>
   */
  get<Property extends PropertyOf<Output>>(property: Property): OutputHandle<Output[Property & keyof Output]>;
  /**
   * The elements of the output, each changed by a function, to map a task over. The function runs in the task process of the instance that
   * gets the element; when it throws `SkipTask` that instance is skipped.
   * @example load.expand({ path: list().map((name) => `/data/${name}`) });
   */
  map<Changed>(change: (element: ElementOf<Output>) => Changed): Mappable<Changed>;
}

/** Carries the type of the elements; exists for the compiler only. */
declare const ELEMENT: unique symbol;

/** What a list holds; of an object its `[key, value]` pairs. */
export type ElementOf<Value> = Value extends readonly (infer Element)[]
  ? Element
  : Value extends { readonly [key: string]: infer Element }
    ? readonly [string, Element]
    : never;

/** Elements over which a task can be mapped: made from outputs with `map`, `zip` and `concat`. */
export interface Mappable<Element> {
  readonly [ELEMENT]?: Element;
  /** The same elements, each changed by a function that runs in the task process of the instance which gets it. */
  map<Changed>(change: (element: Element) => Changed): Mappable<Changed>;
}
