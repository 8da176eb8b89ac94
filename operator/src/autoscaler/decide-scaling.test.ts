import { describe, expect, test } from 'vitest';
import { decideScaling, NO_MEMORY, type ScalingMemory, type ScalingVerdict } from './decide-scaling.ts';
import { explainScaling } from './explain-scaling.ts';
import type { LoadSample } from './load-sample.ts';

const policy = {
  minShards: 1,
  maxShards: 16,
  targetUtilizationPercent: 70,
  lagTargetSeconds: 10,
  catchUpSeconds: 600,
  scaleDownStabilizationSeconds: 300,
  pauseUp: false,
  pauseDown: false,
};
/** Shards of 1,000 observations/s that take all that arrives. */
function calm(ratePerSecond: number, shards: number, more: Partial<LoadSample> = {}): Omit<LoadSample, 'atMs'> {
  const busy = ratePerSecond / shards / 1_000;
  return {
    answered: shards,
    asked: shards,
    partitions: 64,
    ratePerSecond,
    busy,
    busiest: busy,
    lagSeconds: 0.5,
    endOffset: 0,
    appliedOffset: 0,
    hottestShare: 0.02,
    ...more,
  };
}

/** Plays samples 15 s apart, and says what was decided at the last. */
function play(
  samples: readonly (Omit<LoadSample, 'atMs'> | undefined)[],
  given: { targetShards: number; policy?: Partial<typeof policy>; blockedBy?: string },
): ScalingVerdict {
  let memory: ScalingMemory = NO_MEMORY;
  let verdict: ScalingVerdict | undefined;
  for (const [index, one] of samples.entries()) {
    const nowMs = (index + 1) * 15_000;
    const sample =
      one === undefined
        ? undefined
        : { ...one, atMs: nowMs, endOffset: (index + 1) * 1_000, appliedOffset: (index + 1) * 1_000 };
    const decided = decideScaling(memory, {
      nowMs,
      sample,
      policy: { ...policy, ...given.policy },
      partitions: 64,
      targetShards: given.targetShards,
      blockedBy: given.blockedBy ?? '',
    });
    memory = decided.memory;
    verdict = decided.verdict;
  }
  return verdict!;
}
const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

describe('the number of shards', () => {
  test('rises at once when the load takes more than there is', () => {
    expect(play(times(5, calm(2_800, 3)), { targetShards: 3 })).toMatchObject({
      action: 'Add',
      reason: 'LoadAboveCapacity',
      targetShards: 4,
    });
  });
  test('falls only after the stabilization, to the highest need in it', () => {
    expect(play(times(10, calm(700, 3)), { targetShards: 3 })).toMatchObject({ action: 'None', reason: 'Stabilizing' });
    expect(play(times(40, calm(700, 3)), { targetShards: 3 })).toMatchObject({ action: 'Remove', targetShards: 2 });
    const bump = [...times(25, calm(700, 3)), ...times(14, calm(1_900, 3)), ...times(12, calm(700, 3))];
    expect(play(bump, { targetShards: 3 })).toMatchObject({ action: 'None' });
  });
  test('stays where shards that are coming are enough', () => {
    expect(play(times(5, calm(2_800, 3)), { targetShards: 4 })).toMatchObject({ action: 'None' });
  });
  test('stays within the limits', () => {
    expect(play(times(5, calm(2_800, 3)), { targetShards: 3, policy: { maxShards: 3 } })).toMatchObject({
      action: 'None',
      reason: 'AtLimit',
    });
    expect(play(times(60, calm(100, 3)), { targetShards: 3, policy: { minShards: 3 } })).toMatchObject({
      action: 'None',
      reason: 'WithinBand',
    });
  });
  test('is not lowered while a shard does not answer, but raised', () => {
    const silent = { ...calm(700, 3), answered: 2 };
    expect(play([...times(39, calm(700, 3)), silent], { targetShards: 3 })).toMatchObject({
      action: 'None',
      reason: 'MetricsMissing',
    });
    expect(play(times(5, { ...calm(2_800, 3), asked: 4 }), { targetShards: 3 })).toMatchObject({ action: 'Add' });
  });
  test('does not follow one sample that lies', () => {
    const lie = { ...calm(700, 3), ratePerSecond: 9_000 };
    expect(play([...times(8, calm(700, 3)), lie], { targetShards: 3 })).toMatchObject({ action: 'None' });
  });
  test('is not raised where shards wait for something else, and partitions move where one shard is full', () => {
    const waiting = calm(1_000, 3, { lagSeconds: 60, busy: 0.2, busiest: 0.25 });
    expect(play(times(6, waiting), { targetShards: 3 })).toMatchObject({ action: 'None', reason: 'WaitsOnOthers' });
    const skewed = calm(1_400, 3, { lagSeconds: 60, busy: 0.47, busiest: 0.97, hottestShare: 0.1 });
    expect(play(times(6, skewed), { targetShards: 3 })).toMatchObject({ action: 'Move', reason: 'Skew' });
    expect(play(times(6, { ...skewed, hottestShare: 0.7 }), { targetShards: 3 })).toMatchObject({
      action: 'None',
      reason: 'HotCity',
    });
  });
  test('does not change while something else is under way, and without metrics', () => {
    expect(play(times(5, calm(2_800, 3)), { targetShards: 3, blockedBy: 'an update is under way' })).toMatchObject({
      action: 'None',
      reason: 'Blocked',
    });
    expect(play(times(5, undefined), { targetShards: 3 })).toMatchObject({
      action: 'None',
      reason: 'NoMetrics',
      targetShards: 3,
    });
  });
});

test('every reason is explained in four sentences that fit into the status', () => {
  const verdict = play(times(5, calm(2_800, 3)), { targetShards: 3 });
  const { lagAndLoad, capacityNeeded, optionsRejected, wouldChangeIf } = explainScaling(verdict, {
    policy,
    fromShards: 3,
    blockedBy: '',
  });
  expect(lagAndLoad).toBe('Lag is 0.5 s (target 10 s) at 2800 observations/s; 3 shards are 93 % busy.');
  expect(capacityNeeded).toBe(
    'One shard does 1000 observations/s; at 70 % the load takes 4.00 shards and the backlog 0.00, so 4 within the limits.',
  );
  for (const sentence of [lagAndLoad, capacityNeeded, optionsRejected, wouldChangeIf])
    expect(sentence.length).toBeLessThan(300);
});
