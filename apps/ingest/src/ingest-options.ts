/** Limits of ingest: every one bounds something that callers could fill. */
export interface IngestLimits {
  /** Rows of a message. Default 100,000. More: refused. */
  readonly maxRowsPerMessage: number;
  /** Bytes of a message. Default 4 MiB. More: refused. */
  readonly maxMessageBytes: number;
  /** Batches of a stream that are not answered yet. Default 32. More: not read until one is answered. */
  readonly maxBatchesPerStream: number;
  /** Bytes of observations that are not durable yet, about. Default 64 MiB. More: refused with RESOURCE_EXHAUSTED. */
  readonly maxPendingBytes: number;
  /** Different cities over all streams. Default 1,000,000. More: their rows are rejected. */
  readonly maxCities: number;
  /** Entries of the dictionary of cities, and of sensors, of a stream. Default 250,000. More: the stream ends. */
  readonly maxDictionaryEntries: number;
  /** Longest time a group waits for more batches, in ms. Default 4. */
  readonly groupWindowMs: number;
  /** Rows at which a group waits no longer. Default 65,536. */
  readonly groupRows: number;
  /** Groups on their way to the disk. Default 3. */
  readonly maxGroupsInFlight: number;
}

/** Fills in the defaults. */
export function resolveIngestLimits(limits: Partial<IngestLimits> = {}): IngestLimits {
  return {
    maxRowsPerMessage: limits.maxRowsPerMessage ?? 100_000,
    maxMessageBytes: limits.maxMessageBytes ?? 4 * 1024 * 1024,
    maxBatchesPerStream: limits.maxBatchesPerStream ?? 32,
    maxPendingBytes: limits.maxPendingBytes ?? 64 * 1024 * 1024,
    maxCities: limits.maxCities ?? 1_000_000,
    maxDictionaryEntries: limits.maxDictionaryEntries ?? 250_000,
    groupWindowMs: limits.groupWindowMs ?? 4,
    groupRows: limits.groupRows ?? 65_536,
    maxGroupsInFlight: limits.maxGroupsInFlight ?? 3,
  };
}
