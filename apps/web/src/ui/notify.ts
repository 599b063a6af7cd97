import { notifications } from "@mantine/notifications";
import { translations } from "../i18n/i18n.ts";
import { problemText } from "./problem.tsx";

/** Tells that an action failed and why. */
export function notifyProblem(error: unknown): void {
  notifications.show({
    color: "red",
    title: translations.t("The action failed"),
    message: problemText(error, translations.t),
    autoClose: 8_000,
  });
}

export function notifyDone(message: string): void {
  notifications.show({ message });
}
