import { checkOptions, FailTask, operator, type TaskHandle, type TaskOptions } from "@polyflow/sdk";
import { type EmailFields, type EmailMessage, sendEmail, type SentEmail } from "./send-email.ts";

/** Options of `email`. */
export interface EmailOptions extends TaskOptions, EmailMessage {
  /** Of all attachments together. Default 25 MB. */
  readonly maxAttachmentBytes?: number;
}

export const MAX_ATTACHMENT_BYTES = 25_000_000;

/**
 * Adds a task that sends one e-mail. A recipient that the server refuses fails the task for good: the others have got the message, and a
 * further try would send it to them again.
 *
 * @example
 * email({ id: "tell", connection: "mail", to: "sales@firm.example", subject: "Orders of {{ ds }}", text: "Attached.", attachments: ["orders_{{ ds }}.csv"] });
 */
export function email(given: EmailOptions): TaskHandle<SentEmail> {
  const {
    connection,
    to,
    cc,
    bcc,
    from,
    replyTo,
    subject,
    text,
    html,
    attachments,
    maxAttachmentBytes = MAX_ATTACHMENT_BYTES,
    ...options
  } = given;
  const addresses = { to: [to, "text or list"], cc: [cc, "text or list", "optional"], bcc: [bcc, "text or list", "optional"] } as const;
  checkOptions(options, {
    connection: [connection, "text"],
    ...addresses,
    from: [from, "text", "optional"],
    replyTo: [replyTo, "text", "optional"],
    subject: [subject, "text"],
    text: [text, "any text", "optional"],
    html: [html, "any text", "optional"],
    attachments: [attachments, "list", "optional"],
    maxAttachmentBytes: [maxAttachmentBytes, "count"],
  });
  const message = { to, cc, bcc, from, replyTo, subject, text, html, attachments };
  const fields = Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined)) as unknown as EmailFields;
  return operator<SentEmail, Readonly<Record<never, never>>, EmailFields>({
    name: "email",
    options,
    details: { connection, subject },
    fields,
    execute: async (_input, context, rendered) => {
      const sent = await sendEmail(context, { connection, ...rendered }, { maxAttachmentBytes });
      context.log.info(`Sent to ${sent.accepted.join(", ")}: ${rendered.subject}`);
      if (sent.refused.length === 0) return sent;
      throw new FailTask(`The mail server of connection "${connection}" took the message, but refused it for ${sent.refused.join(", ")}.`);
    },
  });
}
