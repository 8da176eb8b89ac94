import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMPARED_SEQUENCES, MAX_RANGES } from './sequence-memory.ts';
import {
  type BatchStamp,
  deduplicateBatch,
  MAX_SESSIONS,
  newSession,
  RETRYABLE_MS,
  SESSION_KEPT_MS,
  SessionTable,
} from './session-table.ts';

const NOW = 1_700_000_000_000;
const P = { tenant: 't', id: 'p', session: 1n };
const batch = (sequence: number, more: Partial<BatchStamp> = {}): BatchStamp => ({
  sequence,
  createdAtMs: NOW,
  logTimeMs: NOW,
  digestLow: sequence * 3,
  digestHigh: sequence * 5,
  ...more,
});

test('a batch counts once, however often it is retried', () => {
  const session = newSession(P);
  expect(deduplicateBatch(session, batch(0))).toBe('fresh');
  expect(deduplicateBatch(session, batch(0))).toBe('duplicate');
  expect(deduplicateBatch(session, batch(0))).toBe('duplicate');
});

test('a batch that was overtaken counts when it lands', () => {
  const session = newSession(P);
  expect(deduplicateBatch(session, batch(6))).toBe('fresh');
  expect(deduplicateBatch(session, batch(5))).toBe('fresh');
  expect(deduplicateBatch(session, batch(5))).toBe('duplicate');
  expect(deduplicateBatch(session, batch(6))).toBe('duplicate');
});

test('a sequence used again with other content is a conflict, not a duplicate', () => {
  const session = newSession(P);
  deduplicateBatch(session, batch(3));
  expect(deduplicateBatch(session, batch(3, { digestLow: 1 }))).toBe('sequenceConflict');
  expect(deduplicateBatch(session, batch(3, { digestHigh: 1 }))).toBe('sequenceConflict');
});

test('a batch counts once however far behind it is', () => {
  const session = newSession(P);
  for (let sequence = 1; sequence <= 10_000; sequence++) {
    if (sequence !== 5_000) expect(deduplicateBatch(session, batch(sequence))).toBe('fresh');
  }
  for (const sequence of [1, 4_999, 5_001, 10_000])
    expect(deduplicateBatch(session, batch(sequence))).toBe('duplicate');
  expect(deduplicateBatch(session, batch(5_000))).toBe('fresh');
  expect(deduplicateBatch(session, batch(5_000))).toBe('duplicate');
});

test('so far behind that nobody knows whether it counted a batch is expired, never silent', () => {
  const session = newSession(P);
  const touching = MAX_RANGES + 3 * COMPARED_SEQUENCES;
  for (let at = 1; at <= touching; at++) deduplicateBatch(session, batch(2 * at));
  expect(deduplicateBatch(session, batch(3))).toBe('batchExpired');
  expect(deduplicateBatch(session, batch(2 * touching - 1))).toBe('fresh');
  expect(deduplicateBatch(session, batch(touching + 1))).toBe(touching % 2 === 0 ? 'fresh' : 'duplicate');
});

test('what expired or was in conflict is one letter, however often it is sent', () => {
  const session = newSession(P);
  const late = batch(1, { logTimeMs: NOW + RETRYABLE_MS + 1 });
  expect([late, late, late].map((sent) => deduplicateBatch(session, sent))).toEqual([
    'batchExpired',
    'duplicate',
    'duplicate',
  ]);
  deduplicateBatch(session, batch(2));
  const other = batch(2, { digestLow: 1 });
  const another = batch(2, { digestLow: 2 });
  expect([other, other, another, batch(2)].map((sent) => deduplicateBatch(session, sent))).toEqual([
    'sequenceConflict',
    'duplicate',
    'sequenceConflict',
    'duplicate',
  ]);
});

test('what a forgotten session may have counted is expired, what was made later counts', () => {
  const table = new SessionTable();
  const counted = batch(7);
  expect(deduplicateBatch(table.touch({ ...P, id: 'p', session: 1n }, NOW), counted)).toBe('fresh');
  // A clock jumped by hours, and back again.
  table.sweep(NOW + SESSION_KEPT_MS + 1);
  expect(table.size).toBe(0);
  const again = table.touch({ ...P, id: 'p', session: 1n }, NOW + SESSION_KEPT_MS + 1);
  expect(deduplicateBatch(again, counted)).toBe('batchExpired');
  expect(deduplicateBatch(again, batch(8, { createdAtMs: NOW + 1, logTimeMs: NOW + 1 }))).toBe('fresh');
});

test('an old batch that is known to be counted is a duplicate rather than expired', () => {
  const session = newSession(P);
  deduplicateBatch(session, batch(1));
  expect(deduplicateBatch(session, batch(1, { logTimeMs: NOW + RETRYABLE_MS + 1 }))).toBe('duplicate');
  expect(deduplicateBatch(session, batch(2, { logTimeMs: NOW + RETRYABLE_MS + 1 }))).toBe('batchExpired');
  expect(deduplicateBatch(session, batch(3, { logTimeMs: NOW + RETRYABLE_MS }))).toBe('fresh');
});

test('what a jump of the sequence passes over was not seen', () => {
  const session = newSession(P);
  for (const sequence of [1, 2, 3, 64, 65, 66]) deduplicateBatch(session, batch(sequence));
  expect(deduplicateBatch(session, batch(4))).toBe('fresh');
  expect(deduplicateBatch(session, batch(1_000))).toBe('fresh');
  expect(deduplicateBatch(session, batch(999))).toBe('fresh');
});

test('any order within a client’s 32 batches in flight counts each batch exactly once', () => {
  const sends = fc.array(fc.record({ behind: fc.nat({ max: 31 }), ahead: fc.nat({ max: 3 }) }), { maxLength: 300 });
  fc.assert(
    fc.property(sends, (steps) => {
      const session = newSession(P);
      const counted = new Set<number>();
      let highest = 31;
      for (const { behind, ahead } of steps) {
        highest += ahead;
        const sequence = highest - behind;
        const expected = counted.has(sequence) ? 'duplicate' : 'fresh';
        expect(deduplicateBatch(session, batch(sequence))).toBe(expected);
        counted.add(sequence);
      }
    }),
  );
});

test('a silent session is forgotten only when nothing of it can be retried', () => {
  const table = new SessionTable();
  table.touch({ ...P, id: 'old', session: 1n }, NOW);
  table.touch({ ...P, id: 'new', session: 1n }, NOW + 1000);
  table.sweep(NOW + SESSION_KEPT_MS);
  expect(table.size).toBe(2);
  table.sweep(NOW + SESSION_KEPT_MS + 1);
  expect([...table].map(({ id }) => id)).toEqual(['new']);
});

test('past its limit the table forgets who was silent for longest', () => {
  const table = new SessionTable();
  for (let i = 0; i < MAX_SESSIONS; i++) table.touch({ ...P, id: `p${i}`, session: 1n }, NOW + i);
  table.touch({ ...P, id: 'p0', session: 1n }, NOW + MAX_SESSIONS);
  table.touch({ ...P, id: 'one more', session: 1n }, NOW + MAX_SESSIONS);
  const ids = new Set([...table].map(({ id }) => id));
  expect(ids.size).toBe(MAX_SESSIONS);
  expect(ids.has('p0')).toBe(true);
  expect(ids.has('p1')).toBe(false);
});

test('a producer that starts anew has another session, with sequences of its own', () => {
  const table = new SessionTable();
  expect(table.touch({ ...P, id: 'p', session: 1n }, NOW)).toBe(table.touch({ ...P, id: 'p', session: 1n }, NOW));
  expect(table.touch({ ...P, id: 'p', session: 2n }, NOW)).not.toBe(table.touch({ ...P, id: 'p', session: 1n }, NOW));
});

test('producers of two tenants with the same id and session never meet', () => {
  const table = new SessionTable();
  expect(deduplicateBatch(table.touch(P, NOW), batch(1))).toBe('fresh');
  expect(deduplicateBatch(table.touch({ ...P, tenant: 'other' }, NOW), batch(1))).toBe('fresh');
  expect(deduplicateBatch(table.touch({ ...P, tenant: 'other' }, NOW), batch(1))).toBe('duplicate');
});

test('a tenant that opens sessions without end forgets its own, and expires batches of its own alone', () => {
  const table = new SessionTable(100);
  const honest = { ...P, tenant: 'honest' };
  expect(deduplicateBatch(table.touch(honest, NOW), batch(1))).toBe('fresh');
  for (let i = 0; i < 1_000; i++) {
    const flooding = table.touch({ tenant: 'flooding', id: `f${i}`, session: 1n }, NOW + i);
    expect(deduplicateBatch(flooding, batch(1, { createdAtMs: NOW + 300_000 + i, logTimeMs: NOW + i }))).toBe('fresh');
  }
  expect(table.size).toBe(100);
  expect(deduplicateBatch(table.touch(honest, NOW + 1_000), batch(1))).toBe('duplicate');
  const made = { createdAtMs: NOW + 998, logTimeMs: NOW + 1_000 };
  const starting = table.touch({ ...honest, id: 'starting' }, NOW + 1_000);
  expect(deduplicateBatch(starting, batch(1, made))).toBe('fresh');
  const another = table.touch({ tenant: 'flooding', id: 'another', session: 1n }, NOW + 1_000);
  expect(deduplicateBatch(another, batch(1, made))).toBe('batchExpired');
});
