import type { Failure } from "../api/emergency.ts";
import { msgid } from "../i18n/msgid.ts";

/** What a failure is, what it means for people, and what administrators do about it. */
export const FAILURES: Readonly<Record<Failure["component"], { readonly what: string; readonly effect: string; readonly remedy: string }>> =
  {
    metadatabase: {
      what: msgid("The metadata database does not answer"),
      effect: msgid("Nothing can be shown or started; running tasks go on."),
      remedy: msgid("Look whether PostgreSQL runs and has room on its disk; Polyflow goes on by itself when it answers."),
    },
    scheduler: {
      what: msgid("The scheduler gives no sign of life"),
      effect: msgid("No run and no task is started; what runs goes on."),
      remedy: msgid("Look into its log and start it again; what was missed is made up for."),
    },
    dag_processor: {
      what: msgid("The DAG processor gives no sign of life"),
      effect: msgid("Changes of files are not taken over; processes run in their last version."),
      remedy: msgid("Look into its log and start it again."),
    },
    triggerer: {
      what: msgid("The triggerer gives no sign of life"),
      effect: msgid("Tasks that wait for something do not go on."),
      remedy: msgid("Look into its log and start it again."),
    },
    workers: {
      what: msgid("No worker gives a sign of life"),
      effect: msgid("No task is carried out; waiting ones keep their place."),
      remedy: msgid("Start a worker, or look into the logs of those that should run."),
    },
  };
