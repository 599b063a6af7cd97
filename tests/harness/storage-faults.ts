/** Share of the calls of the metadata database that fail in the second run of the tests, half of them with effect; 0: in the first run. */
export const FAULT_SHARE = Number(process.env["POLYFLOW_TEST_STORAGE_FAULTS"] ?? 0);
/** What fails is drawn from this seed; where several processes call, their order is chance all the same. */
export const FAULT_SEED = Number(process.env["POLYFLOW_TEST_STORAGE_FAULT_SEED"] ?? 4_711);
