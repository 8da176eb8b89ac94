/**
 * What is wrong with a record:
 *
 * - `truncated`: fewer bytes than its header announces.
 * - `checksum`: the bytes are not those that were written.
 * - `version`: not a record, or of a newer format.
 * - `content`: the checksum holds, yet what it says contradicts itself.
 */
export type RecordProblem = 'truncated' | 'checksum' | 'version' | 'content';

/** Bytes that are no record. They never become one by reading them again: set the record aside and go on. */
export class RecordFormatError extends Error {
  override readonly name = 'RecordFormatError';
  readonly problem: RecordProblem;

  constructor(problem: RecordProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
