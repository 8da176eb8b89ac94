/**
 * Numbers that only decide how work is divided: sizes of chunks, of batches, of memory kept for reuse, how many tries or
 * workers. One more or one less is another tuning and no fault, so that their values are left alone. Whatever is a limit
 * that callers are promised, part of a format, or decides what counts stays in: sessions, windows, retry times.
 */
export const TUNING_CONSTANTS: Readonly<Record<string, string>> = {
  SMALLEST_BYTES: 'smallest buffer kept for reuse',
  POOLED_BYTES: 'memory kept for commits to come',
  MAX_CORRUPTIONS: 'corruptions of one batch; more follow in the next',
  COMMITS_PER_TURN: 'commits read before others have a turn',
  BYTES_PER_TURN: 'bytes read or applied before others have a turn',
  WAIT_SLICE_MS: 'longest single wait of a reader, which then waits on',
  ROWS_PER_TURN: 'rows taken before others have a turn',
  COMMITS_PER_CHUNK: 'commits dropped in one transaction',
  ATTEMPTS: 'times a folder that is pruned meanwhile is looked at again',
  WRITES_IN_FLIGHT: 'inserts under way at once',
  BYTES_PER_POLL: 'bytes of one poll of the sink',
  FIRST_ROOM: 'exceptions there is room for at first',
  CONCURRENCY: 'partitions restored at once',
};
