import type { DecodedColumn } from '@isotherm/observation-wire';
import { exactCenti, MISSING_DIGEST, valueDigest } from '@isotherm/records';
import type { ValueRule } from '../rules/observation-rules.ts';

/** One value of every row of a batch, in the forms that staging needs. Arrays are at least as long as the batch. */
export interface ValueBatch {
  /** Digest of each value: its hundredths wherever `exact`, or {@link MISSING_DIGEST}. */
  readonly digest: Int32Array;
  /** Whether every value that is within its limits is exact in hundredths. */
  readonly exact: boolean;
  /** The values, NaN for missing. Filled only where not `exact`. */
  readonly wide: Float64Array;
  /** Whether any row has none. */
  readonly someMissing: boolean;
  /** Whether any row's value breaks the rule. */
  readonly someImpossible: boolean;
  /** Whether the row's value breaks the rule. Valid where `someImpossible`. */
  readonly impossible: Uint8Array;
}

/** Reads columns into a {@link ValueBatch}, which is overwritten by the next read. */
export interface ValueBatchReader {
  read(column: DecodedColumn, rowCount: number): ValueBatch;
}

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const;

/** Creates a reader for the values of one rule. */
export function createValueBatchReader(rule: ValueRule): ValueBatchReader {
  let digest = new Int32Array(1024);
  let wide = new Float64Array(0);
  let impossible = new Uint8Array(0);
  const bounds = POWERS.map((power) => integerBounds(rule, power));

  /** Hundredths, all measured, within their limits: they are their own digests. */
  function areHundredths({ unscaled, missingRows, scale }: DecodedColumn, rowCount: number): boolean {
    if (scale !== 2 || missingRows.length > 0) return false;
    const { min, max } = bounds[2]!;
    let lowest = min;
    let highest = max;
    for (let row = 0; row < rowCount; row += 1) {
      const value = unscaled[row]!;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    return lowest >= min && highest <= max;
  }

  /** Integers of up to two decimal places within their limits: hundredths by multiplication. */
  function readExactly(column: DecodedColumn, rowCount: number): boolean {
    const { unscaled, missingRows, scale } = column;
    const { min, max } = bounds[scale]!;
    const factor = 100 / POWERS[scale]!;
    const out = digest;
    let lowest = min;
    let highest = max;
    let next = 0;
    for (let row = 0; row < rowCount; row += 1) {
      if (missingRows[next] === row) {
        next += 1;
        out[row] = MISSING_DIGEST;
        continue;
      }
      const value = unscaled[row]!;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
      out[row] = value * factor;
    }
    return lowest >= min && highest <= max;
  }

  /** Any values, one by one. */
  function readOneByOne(column: DecodedColumn, rowCount: number): ValueBatch {
    const { unscaled, values, missingRows } = column;
    const power = POWERS[column.scale] ?? 1;
    let exact = true;
    let someImpossible = false;
    let next = 0;
    for (let row = 0; row < rowCount; row += 1) {
      impossible[row] = 0;
      if (missingRows[next] === row) {
        next += 1;
        digest[row] = MISSING_DIGEST;
        wide[row] = Number.NaN;
        continue;
      }
      const value = values.length > 0 ? values[row]! : unscaled[row]! / power;
      wide[row] = value;
      digest[row] = valueDigest(value);
      if (value >= rule.min && value <= rule.max) {
        if (exact && exactCenti(value) === undefined) exact = false;
      } else {
        impossible[row] = 1;
        someImpossible = true;
      }
    }
    return { digest, exact, wide, someMissing: next > 0, someImpossible, impossible };
  }

  return {
    read(column, rowCount) {
      if (digest.length < rowCount) digest = new Int32Array(2 ** Math.ceil(Math.log2(rowCount)));
      const entries = column.unscaled.length + column.values.length;
      if (entries === 0) {
        digest.fill(MISSING_DIGEST, 0, rowCount);
        return { digest, exact: true, wide, someMissing: rowCount > 0, someImpossible: false, impossible };
      }
      if (areHundredths(column, rowCount)) {
        return { digest: column.unscaled, exact: true, wide, someMissing: false, someImpossible: false, impossible };
      }
      if (column.unscaled.length > 0 && column.scale <= 2 && readExactly(column, rowCount)) {
        const someMissing = column.missingRows.length > 0;
        return { digest, exact: true, wide, someMissing, someImpossible: false, impossible };
      }
      if (wide.length < digest.length) {
        wide = new Float64Array(digest.length);
        impossible = new Uint8Array(digest.length);
      }
      return readOneByOne(column, rowCount);
    },
  };
}

/** The integers whose value, divided by the power, is within the rule's limits: compared as values are. */
function integerBounds(rule: ValueRule, power: number): { min: number; max: number } {
  let min = Math.round(rule.min * power);
  while (min / power < rule.min) min += 1;
  while ((min - 1) / power >= rule.min) min -= 1;
  let max = Math.round(rule.max * power);
  while (max / power > rule.max) max -= 1;
  while ((max + 1) / power <= rule.max) max += 1;
  return { min, max };
}
