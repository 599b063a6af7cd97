import { rejectReason } from "@polyflow/contracts";

/** How dates and times without a format of their own are written. */
export interface IsoForm {
  readonly pattern: string;
  /** Shapes that need no pattern: whoever looks like one of them matches it. */
  readonly examples: readonly string[];
  readonly complaint: string;
}

export const ISO_FORMS: { readonly [type in "date" | "datetime" | "time"]: IsoForm } = {
  date: {
    pattern: "^\\d{4}-\\d{2}-\\d{2}$",
    examples: ["2024-12-31"],
    complaint: rejectReason("not_date_like", { example: "2024-12-31" }),
  },
  datetime: {
    pattern: "^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}(:?\\d{2})?)?$",
    examples: [
      "2024-12-31 23:59:59",
      "2024-12-31T23:59:59",
      "2024-12-31T23:59:59Z",
      "2024-12-31T23:59:59.999Z",
      "2024-12-31 23:59:59.999999",
      "2024-12-31 23:59",
    ],
    complaint: rejectReason("not_time_like", { example: "2024-12-31T23:59:59" }),
  },
  time: {
    pattern: "^\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?$",
    examples: ["23:59:59", "23:59"],
    complaint: rejectReason("not_time_of_day_like", { example: "23:59:59" }),
  },
};
