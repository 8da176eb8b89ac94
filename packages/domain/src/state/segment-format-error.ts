/** A segment that cannot be read: damaged, cut short, of another partition, out of order or of an unknown version. */
export class SegmentFormatError extends Error {
  override readonly name = 'SegmentFormatError';
  /** What to do about it, a sentence. */
  readonly advice = 'Restore from an older checkpoint; the log has the rest.';
}
