import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TestRow } from './testing/observations-record.ts';
import { rowArbitrary } from './testing/script.ts';
import { TestPartition } from './testing/test-partition.ts';

const CITIES = ['1', 'Århus', '77'] as const;

/** A way to send: which city goes on next, and whether a record ends before it. */
const order = fc.infiniteStream(fc.record({ city: fc.nat({ max: CITIES.length - 1 }), cut: fc.boolean() }));
const sequences = fc.tuple(...CITIES.map((city) => fc.array(rowArbitrary(city), { maxLength: 25 })));

test('how cities interleave and how rows are batched changes no row, to the last bit', () => {
  fc.assert(
    fc.property(sequences, order, order, (rowsByCity, one, other) => {
      const first = send(rowsByCity, one);
      const second = send(rowsByCity, other);
      expect(second.rows).toEqual(first.rows);
      expect(second.counters).toEqual(first.counters);
    }),
    { numRuns: 60 },
  );
});

/** Sends every city's rows in their order, cities interleaved and cut into records as told. Log time stands still. */
function send(
  rowsByCity: readonly (readonly TestRow[])[],
  order: Iterable<{ readonly city: number; readonly cut: boolean }>,
) {
  const partition = new TestPartition();
  partition.tick(Date.UTC(2100, 0, 1));
  const left = rowsByCity.map((rows) => [...rows]);
  let record: TestRow[] = [];
  for (const { city, cut } of order) {
    if (left.every((rows) => rows.length === 0)) break;
    const row = left[city]?.shift();
    if (row !== undefined) record.push(row);
    if (!cut) continue;
    partition.send(...record);
    record = [];
  }
  partition.send(...record);
  partition.flush({ includeOpen: true });
  const rows = [...partition.store.rows].map(([key, { version: _, ...row }]) => [key, row]);
  return { rows: rows.sort(), counters: partition.state.counters };
}
