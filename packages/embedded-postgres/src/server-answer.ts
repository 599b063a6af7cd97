import { createConnection } from "node:net";

/** First message of a client that asks whether the server speaks TLS: its length and the code of the request, both of 4 bytes. */
const TLS_QUESTION = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Whether a PostgreSQL server on 127.0.0.1 answers the first question of its protocol. One that was killed a moment ago still has its
 * process number and an open port, but answers nothing.
 * @param port TCP port.
 * @example if (!(await doesServerAnswer(15_432))) await startAnother();
 */
export function doesServerAnswer(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port }, () => socket.write(TLS_QUESTION));
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => end(false));
    socket.once("data", (answer) => end(answer[0] === 0x53 || answer[0] === 0x4e)); // S: it speaks TLS, N: it does not
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}
