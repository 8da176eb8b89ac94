import { create } from '@bufbuild/protobuf';
import { type LiveColumns, LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';

/** Columns of {@link LiveColumns} that hold one value a city. */
const COLUMNS = [
  'temperatureCenticelsius',
  'relativeHumidityCentipercent',
  'windSpeedCentimps',
  'heatIndexCenticelsius',
  'risks',
] as const;

const NONE = -1;

/**
 * The newest value of every city that shards have sent. Cities stand in a list by when they last changed, so a reader that
 * remembers the version it has seen walks back over exactly what is new to it: readers cost nothing while they wait, and a
 * slow one has no queue.
 */
export interface LiveTable {
  /** Cities. Slots are dense and never given to another city. */
  readonly size: number;
  /** Rises with every change. */
  readonly version: number;
  slotOf(cityId: string): number | undefined;
  /** Takes in a shard's message. `slots` maps the stream's city indices to slots, and is extended. @returns whether anything changed. */
  merge(live: LiveColumns, slots: number[]): boolean;
  /** Slots that changed after `version`, the latest first. */
  changedSince(version: number): number[];
  /** Version at which a slot last changed. */
  versionAt(slot: number): number;
  /** A message with these rows; `indexOf` gives each slot its index on the stream that is written to. */
  compose(rows: {
    readonly slots: readonly number[];
    readonly indices: readonly number[];
    readonly citiesAdded: readonly string[];
  }): LiveColumns;
  cityIdAt(slot: number): string;
}

/** An empty table. */
export function createLiveTable(): LiveTable {
  const slotsById = new Map<string, number>();
  const ids: string[] = [];
  let capacity = 1024;
  let observedMs = new Float64Array(capacity);
  let versions = new Float64Array(capacity);
  let older = new Int32Array(capacity);
  let newer = new Int32Array(capacity);
  const values = COLUMNS.map(() => new Int32Array(capacity));
  let newest = NONE;
  let version = 0;

  function slotFor(cityId: string): number {
    const known = slotsById.get(cityId);
    if (known !== undefined) return known;
    const slot = ids.length;
    if (slot === capacity) grow();
    slotsById.set(cityId, slot);
    ids.push(cityId);
    older[slot] = NONE;
    newer[slot] = NONE;
    return slot;
  }

  function grow(): void {
    capacity *= 2;
    observedMs = grown(observedMs, new Float64Array(capacity));
    versions = grown(versions, new Float64Array(capacity));
    older = grown(older, new Int32Array(capacity));
    newer = grown(newer, new Int32Array(capacity));
    values.forEach((column, i) => {
      values[i] = grown(column, new Int32Array(capacity));
    });
  }

  /** Moves a slot to the newest end of the list. */
  function touch(slot: number): void {
    version += 1;
    versions[slot] = version;
    if (newest === slot) return;
    const before = older[slot]!;
    const after = newer[slot]!;
    if (before !== NONE) newer[before] = after;
    if (after !== NONE) older[after] = before;
    older[slot] = newest;
    newer[slot] = NONE;
    if (newest !== NONE) newer[newest] = slot;
    newest = slot;
  }

  return {
    get size() {
      return ids.length;
    },
    get version() {
      return version;
    },
    slotOf: (cityId) => slotsById.get(cityId),
    cityIdAt: (slot) => ids[slot] ?? '',
    versionAt: (slot) => versions[slot] ?? 0,
    merge(live, slots) {
      for (const cityId of live.citiesAdded) slots.push(slotFor(cityId));
      const before = version;
      const base = Number(live.baseUnixMs);
      for (let row = 0; row < live.cityIndex.length; row += 1) {
        const slot = slots[live.cityIndex[row]!];
        // A row of a city that was never named is a fault of the sender: it cannot be placed.
        if (slot === undefined) continue;
        const observed = base + Number(live.observedOffsetMs[row]);
        let changed = versions[slot] === 0 || observedMs[slot] !== observed;
        observedMs[slot] = observed;
        for (let i = 0; i < COLUMNS.length; i += 1) {
          const value = live[COLUMNS[i]!][row] ?? 0;
          const column = values[i]!;
          if (column[slot] !== value) {
            column[slot] = value;
            changed = true;
          }
        }
        if (changed) touch(slot);
      }
      return version !== before;
    },
    changedSince(seen) {
      const slots: number[] = [];
      for (let slot = newest; slot !== NONE && versions[slot]! > seen; slot = older[slot]!) slots.push(slot);
      return slots;
    },
    compose({ slots, indices, citiesAdded }) {
      const base = slots.length === 0 ? 0 : observedMs[slots[0]!]!;
      const column = (i: number) => slots.map((slot) => values[i]![slot]!);
      return create(LiveColumnsSchema, {
        citiesAdded: [...citiesAdded],
        cityIndex: [...indices],
        baseUnixMs: BigInt(base),
        observedOffsetMs: slots.map((slot) => BigInt(observedMs[slot]! - base)),
        temperatureCenticelsius: column(0),
        relativeHumidityCentipercent: column(1),
        windSpeedCentimps: column(2),
        heatIndexCenticelsius: column(3),
        risks: column(4),
      });
    },
  };
}

function grown<Column extends Float64Array | Int32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
