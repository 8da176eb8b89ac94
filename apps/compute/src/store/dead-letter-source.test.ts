import { createRecordReader, encodeObservations } from '@isotherm/records';
import { expect, test } from 'vitest';
import { deadLettersOf } from './dead-letter-source.ts';

const STAMP_MS = Date.UTC(2026, 5, 1);

test('of a record that cannot be applied every row is a letter, those that were rejected on arrival with their own reason', () => {
  const row = { cityId: '42', observedMs: STAMP_MS, temperature: 20 };
  const rejected = { batchRow: 1, reason: 4, message: 'too hot', observation: new Uint8Array() };
  const bytes = encodeObservations({ slices: [{ rows: [row], rejected: [rejected] }] });
  const record = createRecordReader().decode(bytes);
  const poison = { offset: 7, kind: 'poison', slice: -1, row: -1, message: 'because' } as const;
  const letters = deadLettersOf({ partition: 3, offset: 7, appendMs: STAMP_MS, record, bytes, exceptions: [poison] });
  expect(letters.map(({ row, reason, message }) => [row, reason, message])).toEqual([
    [0, 14, 'Its record could not be applied. because'],
    [1, 4, 'too hot'],
  ]);
  expect(letters.map(({ firstSeenMs }) => firstSeenMs)).toEqual([STAMP_MS, STAMP_MS]);
});
