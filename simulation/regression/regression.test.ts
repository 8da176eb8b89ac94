import { expect, it } from 'vitest';
import { runSimulation } from '../src/run-simulation.ts';

/** What the simulation found, by the seed that found it. A seed may have become harmless since, the sentence has not. */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [12, 'a clock jumped by hours, the session of a producer was forgotten, and its retry counted twice'],
  [60, 'a late append arrived after a long sleep, when its session was forgotten, and counted twice'],
  [1070, 'a shard killed while its sink was slow found the log trimmed past the cursor of its checkpoint'],
  [1, 'a group whose window had passed while the disk was busy waited for another window once there was room'],
  [201765, 'a shard asked where the log ends, its owner before wrote one more checkpoint, and that was called a loss'],
  [201469, 'the same by a shard that stood still between asking and claiming while an owner came and went'],
  [403650, 'a shard whose last partition had no city did not know its newest observation'],
  [
    381,
    'an owner that had just lost a partition, and no raw rows to store, found letters trimmed by the next one and replaced them',
  ],
];

it.each(FOUND)('seed %i: %s', async (seed) => {
  const { violation } = await runSimulation(seed);
  expect(violation?.message).toBeUndefined();
});
