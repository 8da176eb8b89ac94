import { expect, it } from 'vitest';
import { deadRowsOf, expectedDeadLetters } from './dead-rows.ts';
import { createWorkload, producerOf } from './workload.ts';

const workload = createWorkload({ cities: 40, producers: 2, nowMs: 1_700_000_000_000 });

it('expects what the batches hold, reason by reason', () => {
  const counted = new Map<string, number>();
  const sent = [100, 30];
  for (const [producer, batches] of sent.entries()) {
    for (let batch = 0; batch < batches; batch++) {
      for (const { reason } of deadRowsOf(workload, producer, batch)) {
        counted.set(reason, (counted.get(reason) ?? 0) + 1);
      }
    }
  }
  expect(expectedDeadLetters(sent)).toEqual(counted);
});

it("takes a producer's own cities, and sends nothing late before their clocks have begun", () => {
  for (let batch = 0; batch < 200; batch++) {
    const rows = deadRowsOf(workload, 1, batch);
    expect(rows.every(({ city }) => producerOf(workload, city) === 1)).toBe(true);
    expect(rows.some(({ reason }) => reason === 'LATE')).toBe(batch >= 64);
  }
});
