import type { LogRecord } from '@isotherm/records';
import { createPartitionState, type PartitionStateOptions } from '../create-partition-state.ts';
import type { Exception, PartitionState } from '../partition-state.ts';
import { observationsRecord, type TestLetter, type TestRow, type TestSlice } from './observations-record.ts';
import { RowStore } from './row-store.ts';
import { TEST_EPOCH_MS, TEST_SETTINGS } from './script.ts';

/** A partition with a log of its own: records are appended and applied in one call. */
export class TestPartition {
  readonly state: PartitionState;
  readonly store = new RowStore();
  appendMs = TEST_EPOCH_MS;

  constructor(options: Partial<PartitionStateOptions> = {}) {
    this.state = createPartitionState({ partition: 0, settings: TEST_SETTINGS, ...options });
  }

  /** Applies one slice of rows, stamped with the newest of their times or the clock's. */
  send(...rows: readonly TestRow[]): boolean {
    return this.sendSlices([{ rows }]);
  }

  sendSlices(slices: readonly TestSlice[]): boolean {
    for (const { rows } of slices) for (const row of rows) this.appendMs = Math.max(this.appendMs, row.observedMs);
    return this.apply(observationsRecord(slices));
  }

  /** Replays a row for each letter; `rejected` letters follow, without a row. */
  replay(rows: readonly TestRow[], letters: readonly TestLetter[], rejected = 0): boolean {
    return this.apply(observationsRecord([{ rows, rejected }], { replay: letters }));
  }

  removeCity(cityId: string): void {
    this.apply({ kind: 'cityChange', change: 'removed', city: new Uint8Array(), cityId });
  }

  tick(appendMs: number): void {
    this.appendMs = appendMs;
    this.apply({ kind: 'tick' });
  }

  /** Applies a record, appended now. */
  apply(record: LogRecord): boolean {
    return this.state.apply({ offset: this.state.appliedOffset, appendMs: this.appendMs }, record);
  }

  /** Stores what is closed now. @returns keys of the rows stored, `city@minute`. */
  flush(options: { readonly includeOpen?: boolean } = {}): string[] {
    const pending = this.state.takeRows(1_000_000, options);
    if (pending === undefined) return [];
    this.store.write(pending.rows);
    const { rows } = pending;
    const keys = Array.from({ length: rows.rowCount }, (_, at) => `${rows.cityIds[rows.city[at]!]}@${rows.minute[at]}`);
    pending.stored();
    return keys;
  }

  exceptionKinds(): Exception['kind'][] {
    return this.state.exceptions(this.state.appliedOffset).map(({ kind }) => kind);
  }
}

/** `minutes` and `seconds` after the tests' epoch. */
export function at(minutes: number, seconds = 0): number {
  return TEST_EPOCH_MS + minutes * 60_000 + seconds * 1000;
}

/** Minutes since 1970 of a minute after the tests' epoch. */
export function minuteAt(minutes: number): number {
  return at(minutes) / 60_000;
}
