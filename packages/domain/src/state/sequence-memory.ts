/** Newest sequences of a session whose content is remembered in a partition at least; up to twice as many are. */
export const COMPARED_SEQUENCES = 256;
/** Stretches of older sequences that are remembered without their content. Overflow: the oldest one is forgotten. */
export const MAX_RANGES = 1024;

/** What is known of a sequence: nothing, this content, another content alone, that it was noted, or no longer whether it was. */
export type Memory = 'new' | 'same' | 'other' | 'noted' | 'forgotten';

/**
 * The sequences of a session that touched a partition, in order: the newest with a digest of what came under them, older
 * ones as stretches without gaps. A sequence can have several contents: the first, and what was in conflict with it.
 */
export class SequenceMemory {
  #sequences = new Float64Array(4);
  #low = new Uint32Array(4);
  #high = new Uint32Array(4);
  #count = 0;
  /** First and last of each stretch, in order. */
  #ranges: number[] = [];
  /** Of sequences up to here outside of the stretches nothing is known any more. */
  #forgottenUntil = -1;

  /** What is known of a sequence and a content. */
  recall(sequence: number, low: number, high: number): Memory {
    let known = false;
    for (let at = this.#firstAt(sequence); at < this.#count && this.#sequences[at] === sequence; at++) {
      if (this.#low[at] === low && this.#high[at] === high) return 'same';
      known = true;
    }
    if (known) return 'other';
    if (this.#inRange(sequence)) return 'noted';
    return sequence <= this.#forgottenUntil ? 'forgotten' : 'new';
  }

  /** Remembers that this content came under the sequence. */
  note(sequence: number, low: number, high: number): void {
    if (this.#count === this.#sequences.length) this.#makeRoom();
    const at = this.#firstAt(sequence);
    for (const column of [this.#sequences, this.#low, this.#high]) column.copyWithin(at + 1, at, this.#count);
    this.#sequences[at] = sequence;
    this.#low[at] = low;
    this.#high[at] = high;
    this.#count++;
  }

  /** Everything it holds, as views that are good until it changes. */
  contents(): SequenceContents {
    return {
      forgottenUntil: this.#forgottenUntil,
      ranges: Float64Array.from(this.#ranges),
      sequences: this.#sequences.subarray(0, this.#count),
      low: this.#low.subarray(0, this.#count),
      high: this.#high.subarray(0, this.#count),
    };
  }

  /** Takes over what {@link SequenceMemory.contents} told. */
  restore({ forgottenUntil, ranges, sequences, low, high }: SequenceContents): void {
    this.#forgottenUntil = forgottenUntil;
    this.#ranges = [...ranges];
    const room = Math.max(4, sequences.length);
    this.#sequences = new Float64Array(room);
    this.#low = new Uint32Array(room);
    this.#high = new Uint32Array(room);
    this.#sequences.set(sequences);
    this.#low.set(low);
    this.#high.set(high);
    this.#count = sequences.length;
  }

  /** The first place whose sequence is not below this one. A producer sends upwards, so it is mostly the end. */
  #firstAt(sequence: number): number {
    if (this.#count === 0 || sequence > this.#sequences[this.#count - 1]!) return this.#count;
    let [from, to] = [0, this.#count];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#sequences[middle]! < sequence) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #makeRoom(): void {
    if (this.#count < 2 * COMPARED_SEQUENCES) {
      const room = Math.min(2 * this.#count, 2 * COMPARED_SEQUENCES);
      const grow = (column: Uint32Array<ArrayBuffer>) => {
        const longer = new Uint32Array(room);
        longer.set(column);
        return longer;
      };
      const longer = new Float64Array(room);
      longer.set(this.#sequences);
      this.#sequences = longer;
      this.#low = grow(this.#low);
      this.#high = grow(this.#high);
      return;
    }
    for (let at = 0; at < COMPARED_SEQUENCES; at++) this.#addToRanges(this.#sequences[at]!);
    for (const column of [this.#sequences, this.#low, this.#high]) column.copyWithin(0, COMPARED_SEQUENCES);
    this.#count -= COMPARED_SEQUENCES;
  }

  /** Index in the ranges of the first stretch that ends at or after a sequence. */
  #rangeAt(sequence: number): number {
    let [from, to] = [0, this.#ranges.length / 2];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#ranges[2 * middle + 1]! < sequence) from = middle + 1;
      else to = middle;
    }
    return 2 * from;
  }

  #inRange(sequence: number): boolean {
    const at = this.#rangeAt(sequence);
    return at < this.#ranges.length && this.#ranges[at]! <= sequence;
  }

  #addToRanges(sequence: number): void {
    if (this.#inRange(sequence)) return;
    const ranges = this.#ranges;
    const at = this.#rangeAt(sequence);
    const joinsBefore = at > 0 && ranges[at - 1] === sequence - 1;
    const joinsAfter = at < ranges.length && ranges[at] === sequence + 1;
    if (joinsBefore && joinsAfter) ranges.splice(at - 1, 2);
    else if (joinsBefore) ranges[at - 1] = sequence;
    else if (joinsAfter) ranges[at] = sequence;
    else ranges.splice(at, 0, sequence, sequence);
    if (ranges.length > 2 * MAX_RANGES) this.#forgottenUntil = ranges.splice(0, 2)[1]!;
  }
}

/** A {@link SequenceMemory} as a segment has it: first and last of each range, and the newest sequences with digests. */
export interface SequenceContents {
  readonly forgottenUntil: number;
  readonly ranges: Float64Array;
  readonly sequences: Float64Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}
