import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from './engine/faults.ts';
import { playSeeds } from './play-seeds.ts';
import { createReport } from './report.ts';
import { runSimulation } from './run-simulation.ts';
import { readSimulateOptions } from './simulate-options.ts';

/** Seeds played with every test run; `npm run simulate` plays as many as one likes. */
const SEEDS = 300;

describe('the simulation', () => {
  it(`keeps every promise of the platform on ${SEEDS} seeds, and every kind of fault happens`, {
    timeout: 600_000,
  }, async () => {
    const report = createReport();
    const options = { seed: 1, runs: SEEDS, jobs: availableParallelism(), stopAtFirst: false };
    await playSeeds({ ...options, quiet: true, trace: false, coverage: false, without: [] }, (result) => {
      report.add(result);
      return true;
    });
    expect(report.violated.map(({ seed, violation }) => `seed ${seed}: ${violation}`)).toEqual([]);
    expect(report.runs).toBe(SEEDS);
    expect(FAULT_KINDS.filter((kind) => (report.faults.get(kind) ?? 0) === 0)).toEqual([]);
  });

  it('plays the same run for the same seed, to the last event', async () => {
    const [first, again, other] = [await runSimulation(17), await runSimulation(17), await runSimulation(18)];
    expect(again).toEqual(first);
    expect(other.fingerprint).not.toBe(first.fingerprint);
  });
});

describe('the command line', () => {
  it('has defaults', () => {
    expect(readSimulateOptions([])).toMatchObject({ runs: 1000, seed: 1, without: [], stopAtFirst: false });
    expect(readSimulateOptions(['--help'])).toBeUndefined();
  });

  it('names what is wrong', () => {
    expect(() => readSimulateOptions(['--runs', '0'])).toThrow("--runs is '0'");
    expect(() => readSimulateOptions(['--without', 'rain'])).toThrow("'rain'");
  });
});
