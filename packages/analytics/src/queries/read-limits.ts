/** What one read may take. */
export interface ReadLimits {
  /** Default 10. */
  readonly maxSeconds: number;
  /** Default 1 GiB. */
  readonly maxMemoryBytes: number;
  /** Reads in flight at once; the newest past that is refused. Default 128. */
  readonly maxReads: number;
}

/** Defaults of {@link ReadLimits}. */
export const READ_LIMITS_DEFAULTS: ReadLimits = { maxSeconds: 10, maxMemoryBytes: 1024 ** 3, maxReads: 128 };

/**
 * Settings of a read, as a clause of the statement: a setting given beside it would stay with an in-process connection.
 * FINAL runs a partition at a time: a row's key decides its partition, so copies never lie in two.
 */
export function readSettings(limits: ReadLimits): string {
  return `SETTINGS max_execution_time = ${limits.maxSeconds}, max_memory_usage = ${limits.maxMemoryBytes}, do_not_merge_across_partitions_select_final = 1`;
}
