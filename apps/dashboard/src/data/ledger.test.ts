import { describe, expect, it } from 'vitest';
import { describeFreshness, describeLag, describeLedger, unappliedObservations } from './ledger.ts';
import type { StatsSample } from './stats-history.ts';

const calm: StatsSample = {
  atMs: 0,
  acceptedPerSecond: 15_000,
  lagSeconds: 0,
  lagRecords: 0,
  freshnessP99Ms: 40,
  acked: 1_000_000,
  applied: 999_000,
  stored: 500_000,
  dead: 400,
  duplicate: 600,
  rowsPending: 0,
  cities: 15_000,
  residentBytes: 0,
  feed: undefined,
};

describe('the stats in words', () => {
  it('count a duplicate and a dead letter as accounted for', () => {
    expect(unappliedObservations(calm)).toBe(0);
    expect(describeLedger(calm)).toEqual({ level: 'good', words: 'Every acked reading is accounted for' });
  });

  it('say that compute is away, and that nothing is lost', () => {
    const away = { ...calm, applied: 900_000, lagSeconds: 42, lagRecords: 5_000 };
    expect(describeLedger(away)).toEqual({ level: 'bad', words: '99.0K kept, waiting for compute' });
    expect(describeLag(away)).toEqual({ level: 'bad', words: 'Safe in the log' });
    const feed = { replaying: true, positionMs: 0, shareDone: 0.5 };
    expect(describeLag({ ...away, feed }).level).toBe('busy');
  });

  it('do not say that all is caught up while a shard is away, however few records it knew of', () => {
    expect(describeLag(calm)).toEqual({ level: 'good', words: 'Caught up' });
    expect(describeLag({ ...calm, lagRecords: 3, lagSeconds: 0.4 }).words).toBe('Keeping up');
    expect(describeLag({ ...calm, lagRecords: 0, lagSeconds: 2.5 })).toEqual({
      level: 'busy',
      words: 'A shard is away',
    });
    expect(describeLag({ ...calm, lagRecords: 0, lagSeconds: 22 }).words).toBe('Safe in the log');
  });

  it('say that storage is away, but not while the minute is open', () => {
    expect(describeLedger({ ...calm, acceptedPerSecond: 10 }).words).toBe('499.0K applied, waiting for storage');
    expect(describeLedger(calm).level).toBe('good');
  });

  it('measure freshness against the promise of 250 ms', () => {
    expect(describeFreshness({ ...calm, freshnessP99Ms: 250 }).level).toBe('good');
    expect(describeFreshness({ ...calm, freshnessP99Ms: 251 }).level).toBe('busy');
    expect(describeFreshness({ ...calm, freshnessP99Ms: undefined }).words).toBe('No traffic to measure');
  });
});
