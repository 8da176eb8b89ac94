import { describe, expect, it } from 'vitest';
import { referenceModel } from './reference-model.ts';
import type { ReferenceRecord, ReferenceRow } from './reference-record.ts';

const MINUTE_MS = 60_000;
const M0 = 28_000_000;
const at = (minute: number, seconds = 0) => (M0 + minute) * MINUTE_MS + seconds * 1000;
const row = (minute: number, temperature?: number, extra: Partial<ReferenceRow> = {}): ReferenceRow => ({
  cityId: 'a',
  observedMs: at(minute),
  temperature,
  humidity: 50,
  ...extra,
});
const sent = (rows: ReferenceRow[], appendMs = Math.max(...rows.map((r) => r.observedMs))): ReferenceRecord => ({
  kind: 'observations',
  appendMs,
  slices: [{ rows }],
});
const batch = (sequence: number, rows: ReferenceRow[], appendMs = at(0), createdAtMs = appendMs) => ({
  kind: 'observations' as const,
  appendMs,
  slices: [{ producer: { id: 'p', session: 1n, sequence, createdAtMs }, rows }],
});

describe('reference model', () => {
  it('adds a minute up, missing values left out and never 0', () => {
    const result = referenceModel([
      sent([row(0, 10), row(0, 20, { wind: 3 }), row(0, undefined, { humidity: 104 }), row(1, 30)]),
    ]);
    const pane = result.pane('a', M0);
    expect(pane?.count).toBe(3);
    expect(pane?.temperature).toMatchObject({ count: 2, mean: 15, min: 10, max: 20, sumCenti: 3000 });
    expect(pane?.humidity).toMatchObject({ count: 3, max: 100 });
    expect(pane?.wind).toMatchObject({ count: 1, mean: 3 });
    expect(pane?.heatIndex.count).toBe(2);
    expect(result.minutes('a')).toEqual([M0, M0 + 1]);
    expect(result.pane('a', M0 + 2)).toBeUndefined();
  });

  it('rolls over both ends of the window', () => {
    const result = referenceModel([sent([0, 1, 2, 3, 4, 5, 6].map((minute) => row(minute, minute)))]);
    expect(result.rolling('a', M0 + 5, 5).temperature.mean).toBe(2.5);
    expect(result.rolling('a', M0 + 6, 5).temperature.mean).toBe(3.5);
    expect(result.rolling('nobody', M0, 5).count).toBe(0);
  });

  it('takes corrections until the minute is sealed, an hour and 5 s behind the newest observation', () => {
    const newest = sent([row(61, 1, { observedMs: at(61, 4) })]);
    const justInTime = sent([row(0, 2)], at(61, 4));
    expect(referenceModel([newest, justInTime]).late).toEqual([]);
    const oneSecondOn = sent([row(61, 1, { observedMs: at(61, 5) })]);
    const late = referenceModel([oneSecondOn, justInTime]);
    expect(late.late).toEqual([{ record: 1, slice: 0, row: 0 }]);
    expect(late.counters).toEqual({ applied: 1, duplicate: 0, dead: 1 });
  });

  it('does not let a reading from the future seal anything before log time gets there', () => {
    const future = sent([row(65, 1)], at(60));
    expect(referenceModel([future, sent([row(0, 2)], at(60))]).late).toEqual([]);
    expect(referenceModel([future, { kind: 'tick', appendMs: at(62) }, sent([row(0, 2)], at(60))]).late).toHaveLength(
      1,
    );
  });

  it('keeps one city from making another late', () => {
    const result = referenceModel([sent([row(600, 1)]), sent([row(0, 2, { cityId: 'b' })], at(600))]);
    expect(result.late).toEqual([]);
    expect(result.watermarkMs('b')).toBe(at(0) - 5000);
  });

  it('counts a batch once, whatever the order of its rows, and refuses other content under its sequence', () => {
    const rows = [row(0, 1), row(0, 2)];
    const result = referenceModel([
      batch(5, rows),
      batch(5, [...rows].reverse()),
      batch(5, [row(0, 3)]),
      batch(4, rows),
    ]);
    expect(result.slices.flat()).toEqual(['fresh', 'duplicate', 'sequenceConflict', 'fresh']);
    expect(result.counters).toEqual({ applied: 4, duplicate: 2, dead: 1 });
  });

  it('counts a batch however far behind, and notes one past its hour, which is expired unless it came before', () => {
    const rows = [row(0, 1)];
    const hourLater = at(60) + 1;
    const result = referenceModel([
      batch(1, rows),
      batch(1_000, rows),
      batch(1, rows),
      batch(2, rows),
      batch(1, rows, hourLater, at(0)),
      batch(3, rows, hourLater, at(0)),
      batch(3, rows, hourLater, at(0)),
    ]);
    expect(result.slices.flat()).toEqual([
      'fresh',
      'fresh',
      'duplicate',
      'fresh',
      'duplicate',
      'batchExpired',
      'duplicate',
    ]);
  });

  it('forgets a removed city and admits no more than there is room for', () => {
    const removed: ReferenceRecord = { kind: 'cityRemoved', appendMs: at(1), cityId: 'a' };
    const result = referenceModel([sent([row(0, 1), row(0, 2, { cityId: 'b' })]), removed, sent([row(0, 9)])], {
      maxCities: 1,
    });
    expect(result.tooManyCities).toEqual([{ record: 0, slice: 0, row: 1 }]);
    expect(result.pane('a', M0)?.temperature.mean).toBe(9);
    expect(result.cityIds).toEqual(['a']);
  });
});
