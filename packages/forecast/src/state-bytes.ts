import type { SlotRows } from './slot-rows.ts';

const MAGIC = 0x4346_5349; // 'ISFC', little-endian
/** Rises whenever the meaning of a row changes. */
const VERSION = 1;
const HEADER_BYTES = 24;

/** What a state holds: everything, or the rows changed since the one before. */
export type StateKind = 'full' | 'delta';

/**
 * Rows as bytes: header {magic, version, kind, row size, row count, reserved}, each u32, then the rows' slots as u32
 * padded to 8 bytes, then the rows as float64. Little-endian; whoever keeps them adds a checksum.
 */
export function encodeRows(
  rows: SlotRows,
  options: { kind: StateKind; rowSize: number; slots: readonly number[] },
): Uint8Array {
  const { kind, rowSize, slots } = options;
  const rowsAt = HEADER_BYTES + Math.ceil(slots.length / 2) * 8;
  const bytes = new Uint8Array(rowsAt + slots.length * rowSize * 8);
  new Uint32Array(bytes.buffer, 0, 6).set([MAGIC, VERSION, kind === 'full' ? 0 : 1, rowSize, slots.length, 0]);
  new Uint32Array(bytes.buffer, HEADER_BYTES, slots.length).set(slots);
  slots.forEach((slot, index) => {
    new Float64Array(bytes.buffer, rowsAt + index * rowSize * 8, rowSize).set(rows.row(slot));
  });
  return bytes;
}

/**
 * Puts encoded rows back: a full state replaces everything, a delta its rows.
 * @throws RangeError if the bytes are not such a state, or one of another version of the product; nothing is changed then.
 */
export function decodeRows(rows: SlotRows, bytes: Uint8Array, rowSize: number): void {
  const aligned = bytes.slice();
  const refuse = (what: string): never => {
    throw new RangeError(`Forecast state cannot be restored: ${what}. Start without it; forecasts learn anew.`);
  };
  if (aligned.length < HEADER_BYTES) refuse(`it has ${aligned.length} bytes, fewer than its header`);
  const [magic, version, kind, size, count = 0] = new Uint32Array(aligned.buffer, 0, 6);
  if (magic !== MAGIC) refuse('it does not begin like one');
  if (version !== VERSION || size !== rowSize)
    refuse(`version ${version} with rows of ${size} is not version ${VERSION} with ${rowSize}`);
  const rowsAt = HEADER_BYTES + Math.ceil(count / 2) * 8;
  const expected = rowsAt + count * rowSize * 8;
  if (aligned.length !== expected) refuse(`it has ${aligned.length} bytes instead of ${expected}`);
  const slots = new Uint32Array(aligned.buffer, HEADER_BYTES, count);
  if (kind === 0) rows.reset();
  slots.forEach((slot, index) => {
    rows.row(slot).set(new Float64Array(aligned.buffer, rowsAt + index * rowSize * 8, rowSize));
  });
}
