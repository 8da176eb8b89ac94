import { MISSING_CENTI, MISSING_DIGEST } from '@isotherm/records';
import type { ValueBatch } from './value-batch.ts';

/** One value of every accepted row of a group. */
export interface StagedValues {
  /** Hundredths, {@link MISSING_CENTI} for missing. Valid unless `wide`. */
  readonly centi: Int16Array;
  /** Values, NaN for missing: valid for the whole group as soon as one of them is not exact in hundredths. */
  readonly wide: Float64Array | undefined;
  /** Appends the rows of a batch at position `at`, without those that have a reason. */
  append(values: ValueBatch, rowCount: number, at: number, reasons: Uint8Array | undefined): void;
  /** Makes room for so many rows. */
  reserve(rows: number): void;
  /** Forgets all rows; keeps the memory. */
  reset(): void;
}

/** Creates empty staging with room for `capacity` rows. */
export function createStagedValues(capacity: number): StagedValues {
  let centi = new Int16Array(capacity);
  let memory: Float64Array | undefined;
  let isWide = false;

  function widen(rows: number): Float64Array {
    if (memory === undefined || memory.length < centi.length) {
      const longer = new Float64Array(centi.length);
      if (memory !== undefined && isWide) longer.set(memory);
      memory = longer;
    }
    if (!isWide) {
      for (let row = 0; row < rows; row += 1) {
        memory[row] = centi[row] === MISSING_CENTI ? Number.NaN : centi[row]! / 100;
      }
      isWide = true;
    }
    return memory;
  }

  function appendWide(values: ValueBatch, rowCount: number, at: number, reasons: Uint8Array | undefined): void {
    const out = widen(at);
    let next = at;
    for (let row = 0; row < rowCount; row += 1) {
      if (reasons !== undefined && reasons[row] !== 0) continue;
      const digest = values.digest[row]!;
      if (values.exact) out[next] = digest === MISSING_DIGEST ? Number.NaN : digest / 100;
      else out[next] = values.wide[row]!;
      next += 1;
    }
  }

  return {
    get centi() {
      return centi;
    },
    get wide() {
      return isWide ? memory : undefined;
    },
    append(values, rowCount, at, reasons) {
      if (isWide || !values.exact) {
        appendWide(values, rowCount, at, reasons);
        return;
      }
      const { digest } = values;
      const out = centi;
      if (reasons === undefined && !values.someMissing) {
        for (let row = 0; row < rowCount; row += 1) out[at + row] = digest[row]!;
        return;
      }
      let next = at;
      for (let row = 0; row < rowCount; row += 1) {
        if (reasons !== undefined && reasons[row] !== 0) continue;
        out[next] = digest[row] === MISSING_DIGEST ? MISSING_CENTI : digest[row]!;
        next += 1;
      }
    },
    reserve(rows) {
      if (rows <= centi.length) return;
      const longer = new Int16Array(2 ** Math.ceil(Math.log2(rows)));
      longer.set(centi);
      centi = longer;
      if (isWide) widen(0);
    },
    reset() {
      isWide = false;
    },
  };
}
