import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heatIndexCelsius } from '../weather/heat-index.ts';
import { expectRowsEqualNaive, expectWindowsEqualNaive } from './testing/expect-naive.ts';
import { NaiveModel } from './testing/naive-model.ts';
import { Player } from './testing/player.ts';
import { type Step, scriptArbitrary, TEST_SETTINGS } from './testing/script.ts';

function modelOf(script: readonly Step[]): NaiveModel {
  const model = new NaiveModel(TEST_SETTINGS, heatIndexCelsius('NWS'));
  for (const step of script) {
    if (step.kind === 'tick' || step.kind === 'rows') model.tick(step.appendMs);
    if (step.kind === 'rows') for (const row of step.rows) model.add(row);
  }
  return model;
}

test('whatever comes in whatever order, stored rows and windows equal a naive computation', () => {
  fc.assert(
    fc.property(scriptArbitrary, (script) => {
      const player = new Player();
      player.play(script);
      player.drain();
      const model = modelOf(script);
      expectRowsEqualNaive(player.store, model);
      expectWindowsEqualNaive(player.state, model);
      const { counters } = player.state;
      expect(counters.applied).toBe(model.applied);
      expect(counters.dead).toBe(model.late);
      expect(counters.stored).toBe(model.applied);
      expect(player.state.rowsPending).toBe(0);
      expect(player.state.storedOffset).toBe(player.state.appliedOffset);
    }),
    { numRuns: 100 },
  );
});

test('a partition that restarts again and again, losing what it did since, ends as one that never did', () => {
  fc.assert(
    fc.property(scriptArbitrary, (script) => {
      const steady = new Player({ restarts: false });
      const restarted = new Player();
      for (const player of [steady, restarted]) {
        player.play(script);
        player.drain();
      }
      expect(restarted.hours).toEqual(steady.hours);
      expect(rowsWithoutVersion(restarted)).toEqual(rowsWithoutVersion(steady));
      expect(restarted.state.counters).toEqual(steady.state.counters);
    }),
    { numRuns: 60 },
  );
});

test('a state restored from segments goes on as the one they were taken of, to the last bit', () => {
  fc.assert(
    fc.property(scriptArbitrary, scriptArbitrary, (before, after) => {
      const player = new Player({ restarts: false });
      player.play(before);
      const twin = player.fork();
      expect(twin.state.takeSegment('full')).toEqual(player.state.takeSegment('full'));
      for (const each of [player, twin]) each.play(after);
      for (const each of [player, twin]) each.drain();
      expect(twin.state.takeSegment('full')).toEqual(player.state.takeSegment('full'));
      expect(twin.hours).toEqual(player.hours);
      expect([...twin.store.rows].sort()).toEqual([...player.store.rows].sort());
    }),
    { numRuns: 40 },
  );
});

function rowsWithoutVersion(player: Player): unknown[] {
  return [...player.store.rows].map(([key, { version: _, ...row }]) => [key, row]).sort();
}
