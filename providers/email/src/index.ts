export type { EmailAttachment } from "./attachments.ts";
export { email, type EmailOptions } from "./email.ts";
export { emailNotifier, type EmailNotifierOptions } from "./email-notifier.ts";
export { provider } from "./provider.ts";
export type { EmailMessage, SentEmail } from "./send-email.ts";
