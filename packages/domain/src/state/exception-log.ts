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
  'stateFull',
] as const satisfies readonly Exception['kind'][];

/** Exceptions kept at most. Overflow: the partition takes no more records until the dead-letter sink has caught up. */
export const MAX_EXCEPTIONS = 1_000_000;
/** Exceptions there is room for at first. */
const FIRST_ROOM = 64;

/** Exceptions in order of offset, 17 bytes each: a flood of late rows must not become a flood of objects. */
export class ExceptionLog {
  readonly #max: number;
  #columns = newColumns(FIRST_ROOM);
  #head = 0;
  #end = 0;
  /** Only poison comes with a sentence; by offset. */
  readonly messages = new Map<number, string>();

  constructor(max = MAX_EXCEPTIONS) {
    this.#max = max;
  }

  get count(): number {
    return this.#end - this.#head;
  }

  get isFull(): boolean {
    return this.count >= this.#max;
  }

  add(offset: number, kind: Exception['kind'], where: { readonly slice: number; readonly row: number }): void {
    this.restore(offset, EXCEPTION_KINDS.indexOf(kind), where);
  }

  /** Adds one by the number of its kind. */
  restore(offset: number, kind: number, where: { readonly slice: number; readonly row: number }): void {
    if (this.#end === this.#columns.offset.length) this.#makeRoom();
    this.#columns.offset[this.#end] = offset;
    this.#columns.kind[this.#end] = kind;
    this.#columns.slice[this.#end] = where.slice;
    this.#columns.row[this.#end] = where.row;
    this.#end++;
  }

  /** Those with from <= offset < before, oldest first. */
  between(from: number, before: number): Exception[] {
    const { offset } = this.#columns;
    const found: Exception[] = [];
    for (let at = this.#head; at < this.#end && offset[at]! < before; at++) {
      if (offset[at]! >= from) found.push(this.#at(at));
    }
    return found;
  }

  /** Forgets those with offset < before. */
  forget(before: number): void {
    while (this.#head < this.#end && this.#columns.offset[this.#head]! < before) this.#head++;
    for (const offset of this.messages.keys()) if (offset < before) this.messages.delete(offset);
  }

  clear(): void {
    this.#head = 0;
    this.#end = 0;
  }

  /** The columns as they stand, for segments. */
  columns(): readonly [Float64Array, Uint8Array, Int32Array, Int32Array] {
    const { offset, kind, slice, row } = this.#columns;
    const [from, to] = [this.#head, this.#end];
    return [offset.subarray(from, to), kind.subarray(from, to), slice.subarray(from, to), row.subarray(from, to)];
  }

  #at(at: number): Exception {
    const offset = this.#columns.offset[at]!;
    const kind = EXCEPTION_KINDS[this.#columns.kind[at]!] ?? 'poison';
    const message = kind === 'poison' ? (this.messages.get(offset) ?? '') : '';
    return { offset, kind, slice: this.#columns.slice[at]!, row: this.#columns.row[at]!, message };
  }

  #makeRoom(): void {
    const [offset, kind, slice, row] = this.columns();
    this.#columns = newColumns(Math.max(FIRST_ROOM, 2 * this.count));
    this.#columns.offset.set(offset);
    this.#columns.kind.set(kind);
    this.#columns.slice.set(slice);
    this.#columns.row.set(row);
    this.#end -= this.#head;
    this.#head = 0;
  }
}

function newColumns(room: number) {
  return {
    offset: new Float64Array(room),
    kind: new Uint8Array(room),
    slice: new Int32Array(room),
    row: new Int32Array(room),
  };
}
