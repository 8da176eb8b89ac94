import type { SlotRows } from './slot-rows.ts';

const MAGIC = 0x4346_5349; // 'ISFC', little-endian
/** Rises whenever the meaning of the numbers changes. */
const VERSION = 3;
const HEADER_BYTES = 24;

/** What a state holds: everything, or what all cities share and the rows changed since the state before. */
export type StateKind = 'full' | 'delta';

/** What is encoded besides rows. */
interface StateOptions {
  readonly kind: StateKind;
  readonly rowSize: number;
  /** Slots whose rows are meant. */
  readonly slots: readonly number[];
  /** What all cities share. */
  readonly shared: Float64Array;
}

/**
 * State as bytes: header {magic, version, kind, row size, row count, shared numbers}, each u32; the shared numbers as
 * float64; the rows' slots as u32; the rows as float32. Little-endian; whoever keeps them adds a checksum.
 */
export function encodeState(rows: SlotRows, { kind, rowSize, slots, shared }: StateOptions): Uint8Array {
  const slotsAt = HEADER_BYTES + shared.length * 8;
  const rowsAt = slotsAt + slots.length * 4;
  const bytes = new Uint8Array(rowsAt + slots.length * rowSize * 4);
  const header = [MAGIC, VERSION, kind === 'full' ? 0 : 1, rowSize, slots.length, shared.length];
  new Uint32Array(bytes.buffer, 0, 6).set(header);
  new Float64Array(bytes.buffer, HEADER_BYTES, shared.length).set(shared);
  new Uint32Array(bytes.buffer, slotsAt, slots.length).set(slots);
  slots.forEach((slot, index) => {
    new Float32Array(bytes.buffer, rowsAt + index * rowSize * 4, rowSize).set(rows.row(slot));
  });
  return bytes;
}

/**
 * Puts rows back: a full state replaces everything, a delta its rows.
 * @returns what all cities share.
 * @throws RangeError if the bytes are not such a state, or one of another version of the product; nothing is changed then.
 */
export function decodeState(
  rows: SlotRows,
  bytes: Uint8Array,
  { rowSize, sharedSize }: { readonly rowSize: number; readonly sharedSize: number },
): Float64Array {
  const { byteLength } = bytes;
  const refuse = (what: string): never => {
    throw new RangeError(`Forecast state cannot be restored: ${what}. Start without it; forecasts learn anew.`);
  };
  if (byteLength < HEADER_BYTES) refuse(`it has ${byteLength} bytes, fewer than its header`);
  const [magic, version, kind, size, count = 0, shared = 0] = new Uint32Array(bytes.slice(0, HEADER_BYTES).buffer);
  if (magic !== MAGIC) refuse('it does not begin like one');
  if (version !== VERSION) refuse(`its version is ${version}, but only ${VERSION} is known`);
  if (size !== rowSize || shared !== sharedSize) refuse('its rows are of another size');
  const slotsAt = HEADER_BYTES + shared * 8;
  const rowsAt = slotsAt + count * 4;
  const expected = rowsAt + count * rowSize * 4;
  if (byteLength !== expected) refuse(`it has ${byteLength} bytes instead of ${expected}`);
  if (kind === 0) rows.reset();
  new Uint32Array(bytes.slice(slotsAt, rowsAt).buffer).forEach((slot, index) => {
    const { buffer, byteOffset, byteLength: rowBytes } = rows.row(slot);
    const at = rowsAt + index * rowBytes;
    new Uint8Array(buffer, byteOffset, rowBytes).set(bytes.subarray(at, at + rowBytes));
  });
  return new Float64Array(bytes.slice(HEADER_BYTES, slotsAt).buffer);
}
