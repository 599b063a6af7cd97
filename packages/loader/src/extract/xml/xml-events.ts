import { PolyflowError } from "@polyflow/contracts";
import sax from "sax";

/** Attributes may be long; what a record may take as a whole is limited where records are made. */
const LONGEST_PIECE = 16 << 20;
Object.assign(sax, { MAX_BUFFER_LENGTH: LONGEST_PIECE });

export interface XmlHandler {
  /** A start tag; attributes as written, names with their prefix. */
  open(name: string, attributes: { readonly [name: string]: string }): void;
  /** A piece of text between tags; entities resolved. */
  text(text: string): void;
  close(name: string): void;
}

/** The types of the package do not know all that it can do. */
interface SaxOptions extends sax.SAXOptions {
  readonly strictEntities: boolean;
}

/**
 * Reads XML piece by piece. Entities other than XML's own five do not exist here: a document that declares any is refused, so nothing is
 * fetched from outside and nothing grows by expansion.
 */
export class XmlEvents {
  readonly #place: string;
  readonly #parser: sax.SAXParser;

  /** @param place what is read, for messages */
  constructor(place: string, handler: XmlHandler) {
    this.#place = place;
    const options: SaxOptions = { strictEntities: true, position: true };
    const parser = sax.parser(true, options);
    parser.onopentag = (node) => handler.open(node.name, node.attributes as { readonly [name: string]: string }); // oxlint-disable-line typescript/no-unsafe-type-assertion -- without `xmlns` they are texts
    parser.ontext = (text) => handler.text(text);
    parser.oncdata = (text) => handler.text(text);
    parser.onclosetag = (name) => handler.close(name);
    parser.ondoctype = (doctype) => {
      if (/\[|ENTITY/i.test(doctype))
        throw this.#failure("declares entities of its own, which Polyflow refuses: they may fetch files or grow without end");
    };
    parser.onerror = (error) => {
      throw this.#failure(`is not well-formed XML: ${error.message.split("\n")[0] ?? ""}`, error);
    };
    this.#parser = parser;
  }

  /** @throws PolyflowError `source_unreadable` */
  write(text: string): void {
    this.#parser.write(text);
  }

  /** @throws PolyflowError `source_unreadable` when the document is not complete */
  end(): void {
    this.#parser.close();
  }

  #failure(what: string, cause?: Error): PolyflowError {
    const { line, column } = this.#parser;
    return new PolyflowError("source_unreadable", `${this.#place} ${what} (line ${line + 1}, column ${column + 1}).`, { cause });
  }
}

/** `x:row` → `row` */
export function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
