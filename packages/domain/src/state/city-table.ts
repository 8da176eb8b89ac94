import { NumericIndex } from './numeric-index.ts';
import { CHUNK_SLOTS } from './pane-layout.ts';

/** What a slot is used for. */
export const SlotUse = { FREE: 0, LIVE: 1, /** Removed, with rows still to be stored. */ RETIRING: 2 } as const;

/** Stands for "no minute yet": less than any minute. */
export const NO_MINUTE = -0x8000_0000;
/** Stands for "no minute from here on is known to be dirty". */
export const NEVER = 0x7fff_ffff;

const CANONICAL_DECIMAL = /^(?:0|[1-9][0-9]{0,9})$/;

/** The number that stands for a city id in records, or -1 if the id stands for itself. */
export function numericCityRef(cityId: string): number {
  if (!CANONICAL_DECIMAL.test(cityId)) return -1;
  const value = Number(cityId);
  return value < 0x8000_0000 ? value : -1;
}

/** Cities of a partition by dense slot, one array a fact. Arrays are replaced when the table grows. */
export class CityTable {
  /** Slots ever used. */
  slotEnd = 0;
  /** Live cities. */
  count = 0;
  readonly ids: string[] = [];
  freeSlots: number[] = [];

  use = new Uint8Array(0);
  /** The newest observation. NaN marks a missing value. */
  newestMs = new Float64Array(0);
  temperature = new Float64Array(0);
  humidity = new Float64Array(0);
  wind = new Float64Array(0);
  heatIndex = new Float64Array(0);
  quality = new Uint8Array(0);
  observations = new Float64Array(0);
  /** Log time of the city's last observation. */
  lastSeenMs = new Float64Array(0);
  /** Minute of the newest observation, and the row of the ring that it is kept in. */
  newestMinute = new Int32Array(0);
  newestRow = new Uint16Array(0);
  /** The tenant that sent it first: index in the partition's budget. */
  owner = new Uint16Array(0);
  /** Since when rows wait, see dirty-since.ts: by minute modulo 4, and for all older minutes together. */
  recentSince = [new Float64Array(0), new Float64Array(0), new Float64Array(0), new Float64Array(0)];
  olderSince = new Float64Array(0);

  /** Dirty panes, rows handed out and rows waiting outside the ring. */
  pending = new Int32Array(0);
  /** Dirty panes that are not handed out. */
  unhanded = new Int32Array(0);
  /** Panes in the side slab. */
  sidePanes = new Int32Array(0);
  /** Every pane after this minute is dirty and not handed out. */
  dirtyAfter = new Int32Array(0);

  #changedFlags = new Uint8Array(0);
  #changedSlots = new Uint32Array(0);
  #handedChanged = new Uint32Array(0);
  #changedCount = 0;
  readonly #numeric = new NumericIndex();
  readonly #byName = new Map<string, number>();

  /** Slot of a numeric id, -1 if it is unknown. */
  slotOfRef(ref: number): number {
    return this.#numeric.get(ref);
  }

  /** Slot of a city, -1 if it is unknown. */
  slotOf(cityId: string): number {
    const ref = numericCityRef(cityId);
    return ref >= 0 ? this.#numeric.get(ref) : (this.#byName.get(cityId) ?? -1);
  }

  /** Gives a city that is not in the table a slot. */
  admit(cityId: string, owner: number): number {
    const slot = this.freeSlots.pop() ?? this.slotEnd++;
    if (slot >= this.use.length) this.reserve(Math.max(CHUNK_SLOTS, this.use.length * 2));
    this.clear(slot);
    this.use[slot] = SlotUse.LIVE;
    this.ids[slot] = cityId;
    this.owner[slot] = owner;
    this.index(slot);
    return slot;
  }

  /** Id of the city in a slot; empty where there is none, or it was removed. */
  nameOfLive(slot: number): string {
    return this.use[slot] === SlotUse.LIVE ? this.ids[slot]! : '';
  }

  /** Makes a live slot findable by its id. */
  index(slot: number): void {
    const cityId = this.ids[slot]!;
    const ref = numericCityRef(cityId);
    if (ref >= 0) this.#numeric.add(ref, slot);
    else this.#byName.set(cityId, slot);
    this.count++;
  }

  /** Forgets the city; its slot stays taken until {@link release}. */
  retire(slot: number): void {
    const cityId = this.ids[slot]!;
    const ref = numericCityRef(cityId);
    if (ref >= 0) this.#numeric.remove(ref);
    else this.#byName.delete(cityId);
    this.use[slot] = SlotUse.RETIRING;
    this.count--;
  }

  /** Lets the slot be used again. */
  release(slot: number): void {
    this.clear(slot);
    this.use[slot] = SlotUse.FREE;
    this.ids[slot] = '';
    this.freeSlots.push(slot);
  }

  markChanged(slot: number): void {
    if (this.#changedFlags[slot] !== 0) return;
    this.#changedFlags[slot] = 1;
    this.#changedSlots[this.#changedCount++] = slot;
  }

  /** Live slots marked since the last call, each once; valid until the next call. */
  takeChanged(): Uint32Array {
    const list = this.#changedSlots;
    const out = this.#handedChanged;
    let length = 0;
    for (let i = 0; i < this.#changedCount; i++) {
      const slot = list[i]!;
      this.#changedFlags[slot] = 0;
      if (this.use[slot] === SlotUse.LIVE) out[length++] = slot;
    }
    this.#changedCount = 0;
    return out.subarray(0, length);
  }

  /** Facts that segments hold, besides ids. */
  get persisted(): readonly (Uint8Array | Uint16Array | Float64Array | Int32Array)[] {
    return [
      this.use,
      this.newestMs,
      this.temperature,
      this.humidity,
      this.wind,
      this.heatIndex,
      this.quality,
      this.observations,
      this.lastSeenMs,
      this.newestMinute,
      this.owner,
      ...this.recentSince,
      this.olderSince,
    ];
  }

  /** Facts of a slot that nobody was seen in. */
  private clear(slot: number): void {
    this.newestMs[slot] = Number.NaN;
    this.temperature[slot] = Number.NaN;
    this.humidity[slot] = Number.NaN;
    this.wind[slot] = Number.NaN;
    this.heatIndex[slot] = Number.NaN;
    this.quality[slot] = 0;
    this.observations[slot] = 0;
    this.lastSeenMs[slot] = Number.NEGATIVE_INFINITY;
    this.newestMinute[slot] = NO_MINUTE;
    this.newestRow[slot] = 0;
    this.owner[slot] = 0;
    for (const since of this.recentSince) since[slot] = Number.POSITIVE_INFINITY;
    this.olderSince[slot] = Number.POSITIVE_INFINITY;
    this.pending[slot] = 0;
    this.unhanded[slot] = 0;
    this.sidePanes[slot] = 0;
    this.dirtyAfter[slot] = NEVER;
  }

  /** Makes room for so many slots, rounded up to whole chunks. */
  reserve(slots: number): void {
    const size = Math.ceil(slots / CHUNK_SLOTS) * CHUNK_SLOTS;
    if (size <= this.use.length) return;
    const from = this.use.length;
    this.use = grow8(this.use, size);
    this.newestMs = growF64(this.newestMs, size);
    this.temperature = growF64(this.temperature, size);
    this.humidity = growF64(this.humidity, size);
    this.wind = growF64(this.wind, size);
    this.heatIndex = growF64(this.heatIndex, size);
    this.quality = grow8(this.quality, size);
    this.observations = growF64(this.observations, size);
    this.lastSeenMs = growF64(this.lastSeenMs, size);
    this.newestMinute = growI32(this.newestMinute, size);
    this.newestRow = grow16(this.newestRow, size);
    this.owner = grow16(this.owner, size);
    this.recentSince = this.recentSince.map((since) => growF64(since, size));
    this.olderSince = growF64(this.olderSince, size);
    this.pending = growI32(this.pending, size);
    this.unhanded = growI32(this.unhanded, size);
    this.sidePanes = growI32(this.sidePanes, size);
    this.dirtyAfter = growI32(this.dirtyAfter, size);
    this.#changedFlags = grow8(this.#changedFlags, size);
    const changedSlots = new Uint32Array(size);
    changedSlots.set(this.#changedSlots);
    this.#changedSlots = changedSlots;
    this.#handedChanged = new Uint32Array(size);
    for (let slot = from; slot < size; slot++) {
      this.clear(slot);
      this.ids[slot] = '';
    }
  }
}

function grow8(array: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(size);
  grown.set(array);
  return grown;
}

function grow16(array: Uint16Array, size: number): Uint16Array<ArrayBuffer> {
  const grown = new Uint16Array(size);
  grown.set(array);
  return grown;
}

function growI32(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(size);
  grown.set(array);
  return grown;
}

function growF64(array: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(size);
  grown.set(array);
  return grown;
}
