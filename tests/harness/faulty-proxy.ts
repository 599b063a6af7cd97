import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const READY_FOR_QUERY = "Z";
/** What asks PostgreSQL for a "ready for query": Sync, and a simple Query. */
const ASKS_FOR_READY: ReadonlySet<string> = new Set(["S", "Q"]);

export interface FaultyProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Connections of this `application_name` alone are broken; all, when left out. */
  readonly applicationName?: string;
  /** Breaks before delivery alone, so that what failed has certainly not happened. */
  readonly losesNoAnswers?: boolean;
}

/**
 * Stands between Polyflow and PostgreSQL and breaks connections as a network does: of all that a client sends, a share is never delivered, and
 * of as much again only the answer is lost, so that the client cannot know whether it took effect.
 */
export class FaultyProxy {
  /** Of what is sent; half of it before it takes effect. 0: none. */
  share = 0;
  /** Connections broken so far. */
  faults = 0;
  readonly #options: FaultyProxyOptions;
  readonly #random: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(options: FaultyProxyOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(options: FaultyProxyOptions, random: () => number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options, random);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(client: Socket): void {
    const { host, port, applicationName, losesNoAnswers = false } = this.#options;
    const server = connect({ host, port });
    const [asked, answered] = [new MessageTypes(1), new MessageTypes(0)];
    /** Answers that are still to come; the first one ends the sign-in. */
    let waiting = 1;
    let isSignedIn = false;
    let isLosingAnswers = false;
    let isSpared: boolean | undefined;
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    const breakOff = (): void => {
      this.faults += 1;
      end();
    };
    client.on("data", (bytes) => {
      // The first message names the program, among other settings.
      isSpared ??= applicationName !== undefined && !bytes.includes(`application_name\0${applicationName}\0`);
      waiting += asked.of(bytes).filter((type) => ASKS_FOR_READY.has(type)).length;
      if (isSignedIn && !isSpared && !isLosingAnswers && this.#random() < this.share) {
        if (losesNoAnswers || this.#random() < 0.5) return breakOff();
        isLosingAnswers = true;
      }
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      waiting -= answered.of(bytes).filter((type) => type === READY_FOR_QUERY).length;
      if (!isLosingAnswers) client.write(bytes);
      else if (waiting <= 0) breakOff();
      isSignedIn ||= waiting <= 0;
    });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
  }
}

/** Finds the types of messages in a stream of PostgreSQL's protocol: a letter, the length, and so many bytes. */
class MessageTypes {
  #untyped: number;
  #header: number[] = [];
  #skip = 0;

  /** @param untyped how many messages at the beginning have no letter */
  constructor(untyped: number) {
    this.#untyped = untyped;
  }

  of(bytes: Buffer): readonly string[] {
    const types: string[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        continue;
      }
      this.#header.push(bytes[at] ?? 0);
      at += 1;
      const typed = this.#untyped === 0 ? 1 : 0;
      if (this.#header.length < typed + 4) continue;
      this.#skip = Buffer.from(this.#header).readUInt32BE(typed) - 4;
      if (typed === 1) types.push(String.fromCharCode(this.#header[0] ?? 0));
      else this.#untyped -= 1;
      this.#header = [];
    }
    return types;
  }
}
