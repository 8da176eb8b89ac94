/** Where panes lie and what their bits mean. Why: docs/adr/0003-pane-layout.md. */

export const MINUTE_MS = 60_000;
export const HOUR_MINUTES = 60;

/** Slots of a chunk: 1 << CHUNK_SHIFT. */
export const CHUNK_SHIFT = 6;
export const CHUNK_SLOTS = 1 << CHUNK_SHIFT;
export const CHUNK_SLOT_MASK = CHUNK_SLOTS - 1;

/** Hours in the ring: 24 for the longest window, 1 for its other edge, {@link CORRECTABLE_HOURS} for corrections. */
export const RING_HOURS = 27;
/**
 * A pane can change, or wait to be stored, up to so many hours behind its city's newest one: that long its 24 h window is
 * whole in the ring. What lies further back is sealed whatever the lateness allowed.
 */
export const CORRECTABLE_HOURS = 2;
/** Rows (minutes of up to 64 panes) of a chunk's ring. */
export const RING_ROWS = RING_HOURS * HOUR_MINUTES;

export const PANE_BYTES = 40;

/** Flags of a pane. Highest risk of its observations. */
export const RISK_BITS = 0x7;
/** Worst quality of its observations. */
export const QUALITY_SHIFT = 3;
export const QUALITY_BITS = 0x7 << QUALITY_SHIFT;
/** The pane's numbers are in the side slab. */
export const SIDE = 0x40;
/** The row is not stored as it stands. A pane in reach that is not dirty is stored. */
export const DIRTY = 0x80;
/** The row is handed out. Only while DIRTY. */
export const HANDED = 0x100;
/** Changed since it was handed out. Only while HANDED. */
export const TOUCHED = 0x200;
/** Metrics that no observation of the pane has: temperature 1, humidity 2, wind 4. */
export const ABSENT_SHIFT = 11;
export const ABSENT_T = 1 << ABSENT_SHIFT;
export const ABSENT_H = 2 << ABSENT_SHIFT;
export const ABSENT_W = 4 << ABSENT_SHIFT;

/** Units of a heat-index sum in a degree. */
export const HEAT_INDEX_UNIT = 2 ** 30;
/** Extremes are hundredths in int16; what does not fit goes to the side slab. */
export const MAX_CENTI = 32_767;
/** Up to so many observations the sum of heat indices within ±327.67 °C stays an exact integer: 25,000 · 327.67 · 2³⁰ < 2⁵³. */
export const MAX_PANE_OBSERVATIONS = 25_000;

// The functions below write numbers out. To V8 an imported constant is a load and a check at every use, which makes
// the loops that call them half as slow again; pane-layout.test.ts holds the numbers to the constants.

/** Hour of a minute, both since the epoch. Not for minutes before it. */
export function hourOfMinute(minute: number): number {
  return (minute / 60) | 0;
}

/** Page of the ring that an hour is kept in. */
export function pageOfHour(hour: number): number {
  return hour % 27;
}

/** Place of a slot in its chunk. */
export function slotInChunk(slot: number): number {
  return slot & 63;
}

/** Chunk of a slot. */
export function chunkOfSlot(slot: number): number {
  return slot >>> 6;
}

/** Place of a slot's page in a chunk's arrays by page and slot. */
export function slotPageAt(page: number, inChunk: number): number {
  return page * 64 + inChunk;
}

/** The row of the ring that a minute is kept in. */
export function rowOfMinute(minute: number): number {
  const hour = (minute / 60) | 0;
  return (hour % 27) * 60 + (minute - hour * 60);
}

/** The first row of a slot's page. */
export function firstRowOf(slotPage: number): number {
  return (slotPage >> 6) * 60;
}
