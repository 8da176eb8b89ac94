import type { PlatformStats } from '@isotherm/query';
import { expect, it } from 'vitest';
import { liveLine } from './live-line.ts';

const STATS: PlatformStats = {
  atMs: 10_000,
  acceptedPerSecond: 1200,
  lagSeconds: 0,
  lagRecords: 0,
  freshnessP99Ms: undefined,
  observationsAcked: 1000,
  observationsApplied: 1000,
  observationsStored: 900,
  observationsDead: 0,
  observationsDuplicate: 0,
  rowsPending: 0,
  rowsStored: 12_300,
  cities: 15_000,
  feed: undefined,
  residentBytes: 0,
};

it('says that compute keeps up', () => {
  expect(liveLine({ ...STATS, lagSeconds: 0.31 })).toContain('1,200/s accepted · lag 0.3 s · 15,000 cities');
});

it('says how far behind compute is after a restart, and how many times faster than live it catches up', () => {
  const before = { ...STATS, atMs: 9_000, lagSeconds: 29.3 };
  const behind = { ...STATS, lagSeconds: 12.3 };
  expect(liveLine(behind)).toContain('catching up 12.3 s behind ·');
  expect(liveLine(behind, before)).toContain('catching up 12.3 s behind, 18 × live ·');
  expect(liveLine({ ...behind, lagSeconds: 30.3 }, before)).toContain('catching up 30.3 s behind ·');
});
