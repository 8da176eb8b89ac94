import { CHUNK_SHIFT, CHUNK_SLOTS, HOUR_MINUTES, PANE_BYTES, RING_HOURS, RING_ROWS } from './pane-layout.ts';

/** Minutes of an hour in the low word of its presence bitmap. */
const LOW_MINUTES = 30;

/**
 * Panes of 64 city slots in a ring of hours. Clocks of cities differ, so what a place of the ring holds is known by city:
 * `hour` names the hour of a slot's page, `minutesLow` and `minutesHigh` which of its minutes exist. A pane that does
 * not exist holds leftovers; whoever creates it writes all of it.
 */
export class PaneChunk {
  /** Untouched pages cost no memory: the system commits a page of zeros when it is first written. */
  readonly bytes = new Uint8Array(RING_ROWS * CHUNK_SLOTS * PANE_BYTES);
  readonly f64 = new Float64Array(this.bytes.buffer);
  readonly i32 = new Int32Array(this.bytes.buffer);
  readonly i16 = new Int16Array(this.bytes.buffer);
  readonly u16 = new Uint16Array(this.bytes.buffer);

  /** By page · 64 + slot: hours since the epoch, -1 for none. */
  readonly hour = new Int32Array(RING_HOURS * CHUNK_SLOTS).fill(-1);
  readonly minutesLow = new Uint32Array(RING_HOURS * CHUNK_SLOTS);
  readonly minutesHigh = new Uint32Array(RING_HOURS * CHUNK_SLOTS);

  /** By row of the ring: whether a pane of it waits to be handed out. */
  readonly rowDirty = new Uint8Array(RING_ROWS);
  /** By row: whether it changed since the last segment, and whether it was ever written. */
  readonly rowChanged = new Uint8Array(RING_ROWS);
  readonly rowWritten = new Uint8Array(RING_ROWS);
  /** By page: whether its hours or minutes changed since the last segment. */
  readonly pageChanged = new Uint8Array(RING_HOURS);
  /** Whether facts of its cities changed since the last segment. */
  citiesChanged = false;

  /** Whether the slot's page holds this hour. */
  holdsHour(slotInChunk: number, hour: number): boolean {
    return this.hour[(hour % RING_HOURS) * CHUNK_SLOTS + slotInChunk] === hour;
  }

  /** Pane of the slot's minute, or -1 if there is none. */
  find(slotInChunk: number, minute: number): number {
    const hour = Math.floor(minute / HOUR_MINUTES);
    if (!this.holdsHour(slotInChunk, hour)) return -1;
    const page = hour % RING_HOURS;
    const minuteInHour = minute - hour * HOUR_MINUTES;
    if (!this.exists(page * CHUNK_SLOTS + slotInChunk, minuteInHour)) return -1;
    return ((page * HOUR_MINUTES + minuteInHour) << CHUNK_SHIFT) | slotInChunk;
  }

  /** Whether the minute of a slot's page (page · 64 + slot) exists. */
  exists(slotPage: number, minuteInHour: number): boolean {
    return minuteInHour < LOW_MINUTES
      ? ((this.minutesLow[slotPage]! >>> minuteInHour) & 1) === 1
      : ((this.minutesHigh[slotPage]! >>> (minuteInHour - LOW_MINUTES)) & 1) === 1;
  }

  /** Notes that the minute exists. */
  add(slotPage: number, minuteInHour: number): void {
    if (minuteInHour < LOW_MINUTES) this.minutesLow[slotPage]! |= 1 << minuteInHour;
    else this.minutesHigh[slotPage]! |= 1 << (minuteInHour - LOW_MINUTES);
    this.pageChanged[(slotPage / CHUNK_SLOTS) | 0] = 1;
  }

  /** Begins another hour in a slot's page; -1 for none. */
  begin(slotPage: number, hour: number): void {
    this.hour[slotPage] = hour;
    this.minutesLow[slotPage] = 0;
    this.minutesHigh[slotPage] = 0;
    this.pageChanged[(slotPage / CHUNK_SLOTS) | 0] = 1;
  }

  /** Notes that a row changed. */
  touchRow(row: number): void {
    this.rowChanged[row] = 1;
    this.rowWritten[row] = 1;
  }
}
