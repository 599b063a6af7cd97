import type { BulkSession, JsonObject } from "@polyflow/contracts";
import type { LoadSubject } from "../load-request.ts";

/** Everything that one load into a database other than PostgreSQL needs to know. */
export interface BulkLoadRequest extends LoadSubject {
  readonly target: LoadSubject["target"] & {
    /** What `open` leads to. */
    readonly database: BulkSession["database"];
    /** Opens a session on the target; the load closes it. */
    readonly open: () => Promise<BulkSession>;
  };
  /** What is to be remembered of the source with the data: it commits with it or not at all. */
  readonly progress?: SourceProgress;
}

/** How far a source has been read. */
export interface SourceProgress {
  /** As it was when reading began: it must not have moved meanwhile. */
  readonly before: JsonObject | undefined;
  /** Undefined: nothing to keep. */
  readonly state: JsonObject | undefined;
  readonly messageIds: readonly string[];
}
