import { PolyflowError } from "@polyflow/contracts";
import type { LoadLimits } from "../../load-request.ts";

/** Where the ratio begins to count: small files of zeros are no attack. */
const RATIO_COUNTS_FROM = 16 << 20;

/**
 * Refuses what unpacks to more than the limits allow.
 * @throws PolyflowError `source_unreadable`
 */
export function checkExpansion(name: string, size: { readonly packed: number; readonly unpacked: number }, limits: LoadLimits): void {
  const { packed, unpacked } = size;
  if (unpacked > limits.expandedBytes) {
    throw new PolyflowError(
      "source_unreadable",
      `${name} unpacks to more than ${limits.expandedBytes} bytes. If that is right, raise \`limits: {expandedBytes: …}\` in the source's YAML.`,
    );
  }
  if (unpacked > RATIO_COUNTS_FROM && unpacked > packed * limits.expansionRatio) {
    throw new PolyflowError(
      "source_unreadable",
      `${name} unpacks to more than ${limits.expansionRatio} times its size, like a zip bomb. If that is right, raise \`limits: {expansionRatio: …}\` in the source's YAML.`,
    );
  }
}
