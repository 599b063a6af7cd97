import { type NotificationData, notifications } from "@mantine/notifications";
import { translations } from "../i18n/i18n.ts";
import { problemText } from "./problem.tsx";

/** A message in the corner; every one goes through here, so that its close button has a name. */
export function notify(message: NotificationData): void {
  notifications.show({ closeButtonProps: { "aria-label": translations.t("Close") }, ...message });
}

/** Tells that an action failed and why. */
export function notifyProblem(error: unknown): void {
  notify({
    color: "red",
    title: translations.t("The action failed"),
    message: problemText(error, translations.t),
    autoClose: 8_000,
  });
}

export function notifyDone(message: string): void {
  notify({ message });
}
