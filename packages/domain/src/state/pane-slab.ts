import { PANE_BYTES } from './pane-layout.ts';
import type { StateMemory } from './state-memory.ts';

/**
 * Panes of a chunk: 40 bytes each, little-endian. Where those of a minute lie says PaneRows.
 *
 * | bytes | what |
 * |---|---|
 * | 0–7 | heat-index sum, float64 holding an exact integer in 2⁻³⁰ °C; entry of the side slab where SIDE is set |
 * | 8–19 | sums of temperature, humidity, wind, int32 in hundredths |
 * | 20–35 | min and max of temperature, humidity, wind, heat index, int16 in hundredths |
 * | 36–37 | observations, uint16 |
 * | 38–39 | flags, uint16 |
 *
 * Positions are written out as numbers here and only here: as constants they would be loads in the hottest loop.
 */
export class PaneSlab {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;
  readonly #i16: Int16Array;
  readonly #u16: Uint16Array;

  constructor(memory: StateMemory, panes: number) {
    this.bytes = memory.take(Uint8Array<SharedArrayBuffer>, panes * PANE_BYTES);
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#f64 = new Float64Array(buffer, byteOffset, byteLength / 8);
    this.#i32 = new Int32Array(buffer, byteOffset, byteLength / 4);
    this.#i16 = new Int16Array(buffer, byteOffset, byteLength / 2);
    this.#u16 = new Uint16Array(buffer, byteOffset, byteLength / 2);
  }

  flags(pane: number): number {
    return this.#u16[pane * 20 + 19]!;
  }

  setFlags(pane: number, flags: number): void {
    this.#u16[pane * 20 + 19] = flags;
  }

  /** Observations. */
  count(pane: number): number {
    return this.#u16[pane * 20 + 18]!;
  }

  /** In 2⁻³⁰ °C. */
  heatIndexSum(pane: number): number {
    return this.#f64[pane * 5]!;
  }

  /** Entry of a pane whose numbers are in the side slab. */
  sideEntry(pane: number): number {
    return this.#f64[pane * 5]!;
  }

  setSideEntry(pane: number, entry: number): void {
    this.#f64[pane * 5] = entry;
  }

  temperatureSum(pane: number): number {
    return this.#i32[pane * 10 + 2]!;
  }

  humiditySum(pane: number): number {
    return this.#i32[pane * 10 + 3]!;
  }

  windSum(pane: number): number {
    return this.#i32[pane * 10 + 4]!;
  }

  temperatureMin(pane: number): number {
    return this.#i16[pane * 20 + 10]!;
  }

  temperatureMax(pane: number): number {
    return this.#i16[pane * 20 + 11]!;
  }

  humidityMin(pane: number): number {
    return this.#i16[pane * 20 + 12]!;
  }

  humidityMax(pane: number): number {
    return this.#i16[pane * 20 + 13]!;
  }

  windMin(pane: number): number {
    return this.#i16[pane * 20 + 14]!;
  }

  windMax(pane: number): number {
    return this.#i16[pane * 20 + 15]!;
  }

  heatIndexMin(pane: number): number {
    return this.#i16[pane * 20 + 16]!;
  }

  heatIndexMax(pane: number): number {
    return this.#i16[pane * 20 + 17]!;
  }

  /** An empty pane. */
  clear(pane: number, flags: number): void {
    this.#f64[pane * 5] = 0;
    const i32 = this.#i32;
    const word = pane * 10;
    i32[word + 2] = 0;
    i32[word + 3] = 0;
    i32[word + 4] = 0;
    // Four times min 32767 and max -32768.
    i32[word + 5] = 0x8000_7fff | 0;
    i32[word + 6] = 0x8000_7fff | 0;
    i32[word + 7] = 0x8000_7fff | 0;
    i32[word + 8] = 0x8000_7fff | 0;
    i32[word + 9] = flags << 16;
  }

  /** Zeros for panes side by side. A loop: `fill` of shared memory is slower. */
  protected fillZero(from: number, panes: number): void {
    const f64 = this.#f64;
    for (let at = from * 5; at < (from + panes) * 5; at++) f64[at] = 0;
  }

  addCount(pane: number): void {
    this.#u16[pane * 20 + 18]!++;
  }

  /** Adds a temperature in hundredths. */
  addTemperature(pane: number, centi: number): void {
    const i16 = this.#i16;
    const half = pane * 20;
    this.#i32[pane * 10 + 2]! += centi;
    if (centi < i16[half + 10]!) i16[half + 10] = centi;
    if (centi > i16[half + 11]!) i16[half + 11] = centi;
  }

  /** Adds a humidity in hundredths. */
  addHumidity(pane: number, centi: number): void {
    const i16 = this.#i16;
    const half = pane * 20;
    this.#i32[pane * 10 + 3]! += centi;
    if (centi < i16[half + 12]!) i16[half + 12] = centi;
    if (centi > i16[half + 13]!) i16[half + 13] = centi;
  }

  /** Adds a wind speed in hundredths. */
  addWind(pane: number, centi: number): void {
    const i16 = this.#i16;
    const half = pane * 20;
    this.#i32[pane * 10 + 4]! += centi;
    if (centi < i16[half + 14]!) i16[half + 14] = centi;
    if (centi > i16[half + 15]!) i16[half + 15] = centi;
  }

  /** Adds a heat index in 2⁻³⁰ °C and in hundredths. */
  addHeatIndex(pane: number, fixed: number, centi: number): void {
    const i16 = this.#i16;
    const half = pane * 20;
    this.#f64[pane * 5]! += fixed;
    if (centi < i16[half + 16]!) i16[half + 16] = centi;
    if (centi > i16[half + 17]!) i16[half + 17] = centi;
  }
}
