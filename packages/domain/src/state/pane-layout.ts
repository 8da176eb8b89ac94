/**
 * Layout of a pane, 40 bytes, little-endian. A chunk holds the panes of 64 city slots in a ring of 27 hours: pages of
 * (hour, minute, slot), so that the 64 panes of one minute are contiguous. Why: docs/adr/0003-pane-layout.md.
 *
 * | bytes | what |
 * |---|---|
 * | 0–7 | heat-index sum, float64 holding an exact integer in 2⁻³⁰ °C; index into the side slab where SIDE is set |
 * | 8–19 | sums of temperature, humidity, wind, int32 in hundredths |
 * | 20–35 | min and max of temperature, humidity, wind, heat index, int16 in hundredths |
 * | 36–37 | observations |
 * | 38–39 | flags |
 */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
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
/** Rows (minutes of 64 panes) of a chunk's ring. */
export const RING_ROWS = RING_HOURS * HOUR_MINUTES;

export const PANE_BYTES = 40;
export const ROW_BYTES = PANE_BYTES * CHUNK_SLOTS;
export const PANE_F64 = PANE_BYTES / 8;
export const PANE_I32 = PANE_BYTES / 4;
export const PANE_I16 = PANE_BYTES / 2;

/** Word offsets of the int32 sums. */
export const SUM_T = 2;
export const SUM_H = 3;
export const SUM_W = 4;
/** Half-word offsets of extremes, count and flags. */
export const MIN_T = 10;
export const MAX_T = 11;
export const MIN_H = 12;
export const MAX_H = 13;
export const MIN_W = 14;
export const MAX_W = 15;
export const MIN_HI = 16;
export const MAX_HI = 17;
export const COUNT = 18;
export const FLAGS = 19;

/** Highest risk of the pane. */
export const RISK_BITS = 0x7;
/** Worst quality of the pane. */
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
/** Metrics that no observation of the pane has. */
export const ABSENT_SHIFT = 11;
export const ABSENT_T = 1 << ABSENT_SHIFT;
export const ABSENT_H = 2 << ABSENT_SHIFT;
export const ABSENT_W = 4 << ABSENT_SHIFT;
export const ABSENT_BITS = ABSENT_T | ABSENT_H | ABSENT_W;

/** Units of a heat index sum in a degree. */
export const HEAT_INDEX_UNIT = 2 ** 30;
/** Extremes are hundredths in int16; what does not fit goes to the side slab. */
export const MAX_CENTI = 32_767;
/** Up to so many observations the sum of heat indices within ±327.67 °C stays an exact integer: 25,000 · 327.67 · 2³⁰ < 2⁵³. */
export const MAX_PANE_OBSERVATIONS = 25_000;
