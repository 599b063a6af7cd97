import { isJsonObject, type JsonObject, PolyflowError } from "@polyflow/contracts";

/** What of a partition a load reads: from `from` up to, without, `to`. */
export interface PartitionRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** What is known before reading. */
export interface KafkaOffsets {
  /** First offset that is there, and the one that the next message gets, by partition. */
  readonly earliest: readonly bigint[];
  readonly latest: readonly bigint[];
  readonly state: JsonObject | undefined;
  readonly start: "earliest" | "latest";
  readonly most: number;
}

/**
 * Shares the batch out over the partitions. A new partition is read from its beginning.
 * @throws PolyflowError `source_unreadable` when messages were deleted before they were loaded
 */
export function kafkaRange({ earliest, latest, state, start, most }: KafkaOffsets): readonly PartitionRange[] {
  const offsets = state?.["offsets"];
  const known = isJsonObject(offsets) ? offsets : {};
  const isFirst = Object.keys(known).length === 0;
  let left = BigInt(most);
  return latest.map((end, partition) => {
    const first = earliest[partition] ?? 0n;
    const stored = known[String(partition)];
    const from = typeof stored === "string" ? BigInt(stored) : isFirst && start === "latest" ? end : first;
    if (from < first) {
      throw new PolyflowError(
        "source_unreadable",
        `Messages ${from} to ${first - 1n} of partition ${partition} were deleted before they were loaded: the topic keeps them too short. ` +
          "Raise its retention; to go on without them, delete the flow's row of source_state.",
      );
    }
    const to = end - from > left ? from + left : end;
    left -= to > from ? to - from : 0n;
    return { partition, from, to: to < from ? from : to };
  });
}
