/** A small fault in a file: a stretch of its source replaced by another. */
export interface Mutant {
  /** Stays the same while the code around it does: made of file, function, line's text, operator and replacement. */
  readonly id: string;
  /** Path from the tree's root. */
  readonly file: string;
  /** Line of the fault, from 1. */
  readonly line: number;
  /** Which kind of fault, in two or three words. */
  readonly operator: string;
  /** Stretch of the source, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The lines touched as they are and as they become, each in one line. */
  readonly before: string;
  readonly after: string;
}

/** The source with the fault in it. */
export function mutated(
  source: string,
  { start, end, replacement }: Pick<Mutant, 'start' | 'end' | 'replacement'>,
): string {
  return source.slice(0, start) + replacement + source.slice(end);
}
