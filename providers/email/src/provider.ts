import type { Provider } from "@polyflow/sdk/runtime";
import { description } from "./description.ts";
import { smtpFailure } from "./smtp-failure.ts";
import { smtpTransport } from "./smtp-transport.ts";

/** E-mail through an SMTP server. */
export const provider: Provider = {
  name: "email",
  description,
  sqlConnectionTypes: [],
  test: async (connection, signal) => {
    const { transport, address } = await smtpTransport(connection);
    try {
      await Promise.race([transport.verify(), aborted(signal)]);
      return connection.login === null || connection.login === "" ? `${address} answers` : `${address} accepts the sign-in`;
    } catch (error) {
      throw smtpFailure(connection, address, error);
    } finally {
      transport.close();
    }
  },
};

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error("no answer in time"));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
