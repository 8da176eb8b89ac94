import { createRecordReader } from '@isotherm/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReferenceRecord } from '../reference/encode-reference-record.ts';
import { referenceModel } from '../reference/reference-model.ts';
import { logArbitrary } from './log-arbitrary.ts';
import { badRowArbitrary } from './row-arbitrary.ts';

describe('generated logs', () => {
  const logs = fc.sample(logArbitrary({ removals: true }), { numRuns: 60, seed: 1 });

  it('hold everything that makes a day hard', () => {
    const results = logs.map((log) => referenceModel(log));
    const outcomes = new Set(results.flatMap((result) => result.slices.flat()));
    expect([...outcomes].sort()).toEqual(['batchExpired', 'duplicate', 'fresh', 'sequenceConflict']);
    expect(results.some((result) => result.late.length > 0)).toBe(true);
    expect(logs.flat().some((record) => record.kind === 'cityRemoved')).toBe(true);
    for (const [i, { counters }] of results.entries()) {
      const rows = logs[i]!.flatMap((record) => (record.kind === 'observations' ? record.slices : [])).flatMap(
        (slice) => slice.rows,
      );
      expect(counters.applied + counters.duplicate + counters.dead).toBe(rows.length);
    }
  });

  it('survive the encoding of the log', () => {
    const reader = createRecordReader();
    for (const record of logs.slice(0, 20).flat()) {
      const decoded = reader.decode(encodeReferenceRecord(record));
      expect(decoded.kind).toBe(record.kind === 'cityRemoved' ? 'cityChange' : record.kind);
      if (record.kind !== 'observations' || decoded.kind !== 'observations') continue;
      const rows = record.slices.flatMap((slice) => slice.rows);
      expect(decoded.rowCount).toBe(rows.length);
      rows.forEach((row, i) => {
        expect(decoded.baseMs + decoded.observedOffsetMs[i]!).toBe(row.observedMs);
        const { kind, values } = decoded.temperature;
        const decodedValue = kind === 'wide' ? values[i]! : values[i]! / 100;
        if (row.temperature !== undefined) expect(Math.abs(decodedValue - row.temperature)).toBe(0);
      });
    }
  });
});

it('bad rows cover every field', () => {
  const fields = new Set(fc.sample(badRowArbitrary(Date.UTC(2024, 6, 1)), 200).map((bad) => bad.field));
  expect(fields.size).toBe(5);
});
