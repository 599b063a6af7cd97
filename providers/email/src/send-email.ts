import { PolyflowError } from "@polyflow/contracts";
import { FailTask, type TaskContext } from "@polyflow/sdk";
import { type EmailAttachment, loadAttachments } from "./attachments.ts";
import { isRefusal, smtpFailure } from "./smtp-failure.ts";
import { smtpTransport } from "./smtp-transport.ts";

/** One message of an author. Templates are rendered in all parts. */
export interface EmailMessage {
  /** Id of the connection that leads to the mail server, of type `smtp`. */
  readonly connection: string;
  /** Addresses, as a list or separated by commas: `"Night shift <night@firm.example>"`. */
  readonly to: string | readonly string[];
  readonly cc?: string | readonly string[];
  readonly bcc?: string | readonly string[];
  /** Default: the sender of the connection. */
  readonly from?: string;
  readonly replyTo?: string;
  readonly subject: string;
  /** The message as text; with `html` what readers without HTML see. */
  readonly text?: string;
  /** The message as HTML. Values in it are written `{{ value | escape }}`. */
  readonly html?: string;
  /** Files of the project's folder `data/`. */
  readonly attachments?: readonly EmailAttachment[];
}

/** What is rendered of a message. */
export type EmailFields = Omit<EmailMessage, "connection">;

/** Who the server took the message for. */
export interface SentEmail {
  readonly messageId: string;
  readonly accepted: readonly string[];
  /** Recipients that the server refused while it took others. */
  readonly refused: readonly string[];
}

/**
 * Sends a rendered message.
 * @throws FailTask for what the next try would meet as well; PolyflowError `external_system_failed`, `config_invalid`, `connection_not_found`
 */
export async function sendEmail(
  context: Pick<TaskContext, "connection" | "projectDir">,
  { connection: connectionId, ...fields }: EmailMessage,
  { maxAttachmentBytes }: { readonly maxAttachmentBytes: number },
): Promise<SentEmail> {
  const connection = await context.connection(connectionId);
  const { transport, address, from: sender } = await smtpTransport(connection);
  const { attachments = [], to, cc = [], bcc = [], from = sender, ...rest } = fields;
  if (from === undefined) {
    throw new PolyflowError("config_invalid", `The message has no sender: give \`from\`, or a sender in the connection "${connectionId}".`);
  }
  const recipients = { to: addresses(to), cc: addresses(cc), bcc: addresses(bcc) };
  if (Object.values(recipients).every((list) => list.length === 0))
    throw new FailTask("The message is for nobody: give `to`, `cc` or `bcc`.");
  const loaded = await loadAttachments(attachments, { projectDir: context.projectDir, maxBytes: maxAttachmentBytes });
  try {
    const sent = await transport.sendMail({ ...rest, ...recipients, from, attachments: [...loaded] });
    return { messageId: sent.messageId, accepted: sent.accepted.map(addressOf), refused: sent.rejected.map(addressOf) };
  } catch (error) {
    const failure = smtpFailure(connection, address, error);
    throw isRefusal(error) ? new FailTask(failure.message) : failure;
  } finally {
    transport.close();
  }
}

function addresses(given: string | readonly string[]): string[] {
  return (typeof given === "string" ? [given] : given).flatMap((address) => (address.trim() === "" ? [] : [address.trim()]));
}

function addressOf(recipient: string | { readonly address: string }): string {
  return typeof recipient === "string" ? recipient : recipient.address;
}
