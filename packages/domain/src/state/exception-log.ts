import type { Exception } from './partition-state.ts';

/** Kinds by their number in memory and in segments; the order is part of the segment format. */
export const EXCEPTION_KINDS = [
  'duplicate',
  'sequenceConflict',
  'batchExpired',
  'late',
  'tooManyCities',
  'rejected',
  'poison',
  'replay',
  'replayed',
] as const satisfies readonly Exception['kind'][];

/** Exceptions kept at most. Overflow: the partition takes no more records until the dead-letter sink has caught up. */
export const MAX_EXCEPTIONS = 1_000_000;

/** Exceptions in order of offset, 17 bytes each: a flood of late rows must not become a flood of objects. */
export class ExceptionLog {
  #offset = new Float64Array(64);
  #kind = new Uint8Array(64);
  #slice = new Int32Array(64);
  #row = new Int32Array(64);
  #head = 0;
  #end = 0;
  /** Only poison comes with a sentence; by offset. */
  readonly messages = new Map<number, string>();

  get count(): number {
    return this.#end - this.#head;
  }

  get isFull(): boolean {
    return this.count >= MAX_EXCEPTIONS;
  }

  add(offset: number, kind: Exception['kind'], where: { readonly slice: number; readonly row: number }): void {
    this.restore(offset, EXCEPTION_KINDS.indexOf(kind), where);
  }

  /** Adds one by the number of its kind. */
  restore(offset: number, kind: number, where: { readonly slice: number; readonly row: number }): void {
    if (this.#end === this.#offset.length) this.#makeRoom();
    this.#offset[this.#end] = offset;
    this.#kind[this.#end] = kind;
    this.#slice[this.#end] = where.slice;
    this.#row[this.#end] = where.row;
    this.#end++;
  }

  /** Those with offset < before, oldest first. */
  before(before: number): Exception[] {
    const found: Exception[] = [];
    for (let at = this.#head; at < this.#end && this.#offset[at]! < before; at++) found.push(this.#at(at));
    return found;
  }

  /** Forgets those with offset < before. */
  forget(before: number): void {
    while (this.#head < this.#end && this.#offset[this.#head]! < before) this.#head++;
    for (const offset of this.messages.keys()) if (offset < before) this.messages.delete(offset);
    if (this.#head === this.#end) this.clear();
  }

  clear(): void {
    this.#head = 0;
    this.#end = 0;
  }

  /** The columns as they stand, for segments. */
  columns(): readonly [Float64Array, Uint8Array, Int32Array, Int32Array] {
    const { 0: from, 1: to } = [this.#head, this.#end];
    return [
      this.#offset.subarray(from, to),
      this.#kind.subarray(from, to),
      this.#slice.subarray(from, to),
      this.#row.subarray(from, to),
    ];
  }

  #at(at: number): Exception {
    const offset = this.#offset[at]!;
    const kind = EXCEPTION_KINDS[this.#kind[at]!] ?? 'poison';
    const message = kind === 'poison' ? (this.messages.get(offset) ?? '') : '';
    return { offset, kind, slice: this.#slice[at]!, row: this.#row[at]!, message };
  }

  #makeRoom(): void {
    const [offset, kind, slice, row] = this.columns();
    const size = Math.max(64, 2 * offset.length);
    this.#offset = new Float64Array(size);
    this.#offset.set(offset);
    this.#kind = new Uint8Array(size);
    this.#kind.set(kind);
    this.#slice = new Int32Array(size);
    this.#slice.set(slice);
    this.#row = new Int32Array(size);
    this.#row.set(row);
    this.#end -= this.#head;
    this.#head = 0;
  }
}
