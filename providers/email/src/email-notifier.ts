import { type Callback, callback, type CallbackOptions } from "@polyflow/sdk";
import { MAX_ATTACHMENT_BYTES } from "./email.ts";
import { type EmailMessage, sendEmail } from "./send-email.ts";

/** Options of `emailNotifier`. */
export interface EmailNotifierOptions extends CallbackOptions, Omit<EmailMessage, "subject"> {
  /** Default: the DAG, the task and what became of them. */
  readonly subject?: string;
}

const SUBJECT = "{{ dag.dag_id }}{% if task_id %}.{{ task_id }}{% endif %}: {{ state }}";
const TEXT = `What happened: {{ event }}
DAG: {{ dag.dag_id }}
Run: {{ run_id }}
{% if task_id %}Task: {{ task_id }}, try {{ try_number }}
{% endif %}State: {{ state }}
{% if failed_tasks %}Failed tasks: {{ failed_tasks | join(', ') }}
{% endif %}{% if error %}Error: {{ error }}
{% endif %}`;

/**
 * A callback that tells people by e-mail. Called again three times when the server cannot be reached.
 *
 * @example
 * dag({ id: "nightly", onFailure: emailNotifier({ connection: "mail", to: ["night@firm.example"] }) }, …)
 */
export function emailNotifier(given: EmailNotifierOptions): Callback {
  const { name, retries, retryDelay, timeout, connection, subject = SUBJECT, ...parts } = given;
  const settings = {
    name: name ?? `e-mail ${connection}`,
    retries: retries ?? 3,
    retryDelay: retryDelay ?? "30s",
    timeout: timeout ?? "2m",
  };
  return callback(settings, async (context) => {
    const text = parts.text ?? (parts.html === undefined ? TEXT : undefined);
    const rendered = await context.render({ ...parts, ...(text === undefined ? {} : { text }), subject });
    const sent = await sendEmail(context, { connection, ...rendered }, { maxAttachmentBytes: MAX_ATTACHMENT_BYTES });
    context.log.info(`Sent to ${sent.accepted.join(", ")}: ${rendered.subject}`);
    // those who were taken have got it: no call again for the others
    if (sent.refused.length > 0) context.log.error(`The mail server refused it for ${sent.refused.join(", ")}.`);
  });
}
