import type { LogRecord, ResultSettings } from '@isotherm/records';
import { type HeatIndexFormulaName, type HeatIndexKernel, heatIndexCelsius } from '../weather/heat-index.ts';
import { applyObservations } from './apply-observations.ts';
import { MAX_EVICTED_ROWS } from './evict-rows.ts';
import { Outbox, releaseSlot } from './outbox.ts';
import { PartitionCore } from './partition-core.ts';
import type {
  CitySnapshot,
  Exception,
  HourObserver,
  PartitionCounters,
  PartitionState,
  PendingRows,
  RecordPlace,
  RollingSnapshot,
} from './partition-state.ts';
import { deriveState, readSegmentHead } from './read-segment.ts';
import { refundCity } from './ring-page.ts';
import { requireStamp, validateObservations, validateReplay } from './validate-record.ts';
import { validateSettings } from './validate-settings.ts';
import { readWindow } from './window-read.ts';
import { fullSegmentBytes, segmentHeadBytes, writeSegment } from './write-segment.ts';

/** What a partition's state is made with. */
export interface PartitionStateOptions {
  readonly partition: number;
  /** Those of the log. */
  readonly settings: ResultSettings;
  /** Told when a city completes an hour. It must not throw. Default: nobody. */
  readonly hourObserver?: HourObserver;
  /** Heat index by formula. Default {@link heatIndexCelsius}. */
  readonly heatIndexOf?: (formula: HeatIndexFormulaName) => HeatIndexKernel;
}

/** A state brought back, and the extra bytes of each of its segments, in order. */
export interface RestoredPartition {
  readonly state: PartitionState;
  readonly extras: readonly Uint8Array[];
}

/** The state of a partition before its first record. */
export function createPartitionState(options: PartitionStateOptions): PartitionState {
  return new PartitionEngine(newCore(options), 0);
}

/** A state on its way back. Most of a segment are panes, and whoever reads them reads them into place. */
export interface PartitionRestore {
  /**
   * Takes the head of the next segment: a full one first, then its deltas, in order.
   * @returns where the `bodyBytes` that follow the head belong; to be filled before the next call.
   * @throws SegmentFormatError if the segment is damaged, missing, of another partition or of an unknown version.
   */
  place(head: Uint8Array, bodyBytes: number): readonly Uint8Array[];
  /** The state, once all is in its place. Call it once. */
  finish(): RestoredPartition;
}

/** Begins to bring back a state. */
export function beginRestore(options: PartitionStateOptions): PartitionRestore {
  const core = newCore(options);
  let serial = 0;
  const extras: Uint8Array[] = [];
  return {
    place(head, bodyBytes) {
      const read = readSegmentHead(core, head, { serial: serial + 1, first: extras.length === 0, bodyBytes });
      serial = read.serial;
      extras.push(read.extra);
      return read.places;
    },
    finish() {
      deriveState(core);
      return { state: new PartitionEngine(core, serial), extras };
    },
  };
}

/**
 * The state that whole segments describe: a full one and its deltas, in order.
 *
 * @throws SegmentFormatError as {@link PartitionRestore.place} does.
 */
export function restorePartitionState(
  options: PartitionStateOptions & { readonly segments: readonly Uint8Array[] },
): RestoredPartition {
  const restore = beginRestore(options);
  for (const segment of options.segments) {
    let at = segmentHeadBytes(segment);
    for (const place of restore.place(segment.subarray(0, at), segment.length - at)) {
      place.set(segment.subarray(at, at + place.length));
      at += place.length;
    }
  }
  return restore.finish();
}

function newCore({ partition, settings, hourObserver, heatIndexOf }: PartitionStateOptions): PartitionCore {
  validateSettings(settings);
  return new PartitionCore({
    partition,
    settings,
    kernelOf: heatIndexOf ?? heatIndexCelsius,
    observer: hourObserver,
  });
}

class PartitionEngine implements PartitionState {
  readonly #core: PartitionCore;
  readonly #outbox: Outbox;
  #serial: number;
  #segmentOffset: number;

  constructor(core: PartitionCore, serial: number) {
    this.#core = core;
    this.#outbox = new Outbox(core);
    this.#serial = serial;
    this.#segmentOffset = core.appliedOffset;
  }

  get partition(): number {
    return this.#core.partition;
  }

  get settings(): ResultSettings {
    return this.#core.settings;
  }

  get appliedOffset(): number {
    return this.#core.appliedOffset;
  }

  get logTimeMs(): number {
    return this.#core.logTimeMs;
  }

  get cityCount(): number {
    return this.#core.cities.count;
  }

  get slotCount(): number {
    return this.#core.cities.slotEnd;
  }

  get counters(): PartitionCounters {
    const { applied, duplicate, dead, rejected, stored } = this.#core;
    return { applied, duplicate, dead, rejected, stored };
  }

  get rowsPending(): number {
    return this.#core.rowsPending;
  }

  get storedOffset(): number {
    return this.#outbox.storedOffset;
  }

  get watermarkMs(): number {
    const { cities } = this.#core;
    let lowest = Number.NaN;
    for (let slot = 0; slot < cities.slotEnd; slot++) {
      if (this.cityIdOf(slot) === '' || this.#core.isQuiet(slot)) continue;
      const watermark = this.#core.watermarkMs(slot);
      if (!(watermark >= lowest)) lowest = watermark;
    }
    return lowest;
  }

  get newestObservedMs(): number {
    const { cities } = this.#core;
    let newest = Number.NaN;
    for (let slot = 0; slot < cities.slotEnd; slot++) {
      if (this.cityIdOf(slot) !== '' && !(cities.newestMs[slot]! <= newest)) newest = cities.newestMs[slot]!;
    }
    return newest;
  }

  apply({ offset, appendMs }: RecordPlace, record: LogRecord): boolean {
    const core = this.#core;
    if (offset !== core.appliedOffset) {
      throw new RangeError(`record ${offset} does not follow: ${core.appliedOffset} is next`);
    }
    requireStamp(appendMs);
    switch (record.kind) {
      case 'observations':
        validateObservations(record);
        if (record.replay !== undefined) validateReplay(record, record.replay, offset);
        if (core.evicted.count >= MAX_EVICTED_ROWS || core.exceptions.isFull) return false;
        applyObservations(core, record, appendMs);
        break;
      case 'tick':
        core.advanceLogTime(appendMs);
        break;
      case 'cityChange':
        core.advanceLogTime(appendMs);
        if (record.change === 'removed') this.#remove(record.cityId);
        break;
    }
    core.appliedOffset = offset + 1;
    return true;
  }

  skip(offset: number, reason: string): void {
    const core = this.#core;
    if (!(offset >= core.appliedOffset)) throw new RangeError(`record ${offset} is applied already`);
    core.exceptions.add(offset, 'poison', { slice: -1, row: -1 });
    core.exceptions.messages.set(offset, reason);
    core.appliedOffset = offset + 1;
  }

  slotOf(cityId: string): number | undefined {
    const slot = this.#core.cities.slotOf(cityId);
    return slot < 0 ? undefined : slot;
  }

  cityIdOf(slot: number): string {
    return this.#core.cities.nameOfLive(slot);
  }

  snapshot(slot: number): CitySnapshot {
    const { cities } = this.#core;
    this.#requireLive(slot);
    return {
      cityId: this.cityIdOf(slot),
      slot,
      observedMs: cities.newestMs[slot]!,
      watermarkMs: this.#core.watermarkMs(slot),
      temperatureCelsius: cities.temperature[slot]!,
      humidityPercent: cities.humidity[slot]!,
      windMps: cities.wind[slot]!,
      heatIndexCelsius: cities.heatIndex[slot]!,
      quality: cities.quality[slot]!,
      observations: cities.observations[slot]!,
    };
  }

  rolling(slot: number, minutes: number): RollingSnapshot {
    this.#requireLive(slot);
    return readWindow(this.#core, slot, minutes);
  }

  takeChanged(): Uint32Array {
    return this.#core.cities.takeChanged();
  }

  takeRows(maxRows: number, options: { readonly includeOpen?: boolean } = {}): PendingRows | undefined {
    return this.#outbox.take({ maxRows, includeOpen: options.includeOpen ?? false });
  }

  replayed(offset: number, row: number): boolean {
    return this.#core.replayed.has(offset, row);
  }

  exceptions(before: number, from = 0): readonly Exception[] {
    return this.#core.exceptions.between(from, before);
  }

  forgetExceptions(before: number): void {
    this.#core.exceptions.forget(before);
  }

  producers(): ReturnType<PartitionState['producers']> {
    return [...this.#core.sessions].map(({ tenant, id, session, highest, lastSeenMs, observations }) => ({
      tenant,
      id,
      session,
      sequence: Math.max(0, highest),
      lastSeenMs,
      observations,
    }));
  }

  tenants(): ReturnType<PartitionState['tenants']> {
    return [...this.#core.budget];
  }

  takeSegment(kind: 'full' | 'delta', extra: Uint8Array = new Uint8Array()): Uint8Array {
    const serial = kind === 'full' ? 0 : this.#serial + 1;
    const link = { kind, serial, baseOffset: kind === 'full' ? 0 : this.#segmentOffset };
    const segment = writeSegment(this.#core, this.#outbox, link, extra);
    this.#serial = serial;
    this.#segmentOffset = this.#core.appliedOffset;
    return segment;
  }

  get fullSegmentBytes(): number {
    return fullSegmentBytes(this.#core);
  }

  #remove(cityId: string): void {
    const core = this.#core;
    const slot = core.cities.slotOf(cityId);
    if (slot < 0) return;
    refundCity(core, slot);
    core.cities.retire(slot);
    core.chunkOf(slot).citiesChanged = true;
    core.observer?.cityRemoved(slot);
    if (core.cities.pending[slot] === 0) releaseSlot(core, slot);
  }

  #requireLive(slot: number): void {
    if (this.cityIdOf(slot) === '') throw new RangeError(`slot ${slot} of partition ${this.partition} holds no city`);
  }
}
