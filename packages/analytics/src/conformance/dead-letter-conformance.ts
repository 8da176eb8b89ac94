import { RETRY_DEFAULTS, retryOf } from '@isotherm/domain';
import { describe, expect, it } from 'vitest';
import type {
  AnalyticsStore,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterId,
  DeadLetterOutcome,
} from '../analytics-store.ts';

const FIRST = { incarnation: '00000190a0b0c0d0' };
const SECOND = { incarnation: '00000190a0b0c0d1' };
const SEEN_MS = Date.UTC(2026, 6, 1);
const [FUTURE, TOO_HOT, LATE, POISON] = [3, 4, 10, 14];
const FIRST_DELAY_MS = RETRY_DEFAULTS.delaysMs[0]!;

/** What is examined, with what the suite gives each test. */
export interface DeadLetterSubject {
  readonly store: AnalyticsStore;
  readonly optimize: () => Promise<void>;
}

/** What every analytics store does with dead letters. Each test has a partition of its own. Defines tests of vitest. */
export function describeDeadLetters(subject: () => DeadLetterSubject): void {
  let partition = 1_000;
  const letterOf = (offset: number, row: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
    partition,
    offset,
    row,
    reason: LATE,
    message: "a sentence with 'quotes' and ünïcode",
    cityId: 'nowhere',
    tenant: 't',
    producerId: 'p',
    observedMs: SEEN_MS - 7_200_000,
    firstSeenMs: SEEN_MS,
    observation: Uint8Array.from([0, 255, 10, 13, 39, 128]),
    ...more,
  });
  const outcomeOf = (letter: DeadLetterId, at: number, more: Partial<DeadLetterOutcome> = {}): DeadLetterOutcome => ({
    partition: letter.partition,
    offset: letter.offset,
    row: letter.row,
    at,
    state: 'replayed',
    attempts: 1,
    nextAttemptMs: undefined,
    reason: 0,
    message: '',
    ...more,
  });
  const write = (...letters: DeadLetter[]) => subject().store.writeDeadLetters(FIRST, letters);
  const settle = (...outcomes: DeadLetterOutcome[]) => subject().store.writeDeadLetterOutcomes(FIRST, outcomes);
  /** Letters of this test's partition. */
  const found = async (filter: DeadLetterFilter = {}) => {
    const letters = await subject().store.deadLetters({ filter, limit: 10_000 });
    return letters.filter((letter) => letter.partition === partition);
  };
  const idsOf = (letters: readonly DeadLetterId[]) => letters.map(({ offset, row }) => `${offset}/${row}`);
  const test = (name: string, body: () => Promise<void>) =>
    it(name, async () => {
      partition++;
      await body();
    });

  describe('dead letters', () => {
    test('are returned as they were written, with the state their reason has on arrival', async () => {
      const late = letterOf(5, 2);
      const future = letterOf(7, 0, { reason: FUTURE, observedMs: undefined, observation: new Uint8Array() });
      await write(late, future);
      expect(await found()).toEqual([
        {
          ...late,
          incarnation: FIRST.incarnation,
          state: 'parked',
          attempts: 0,
          nextAttemptMs: undefined,
          causes: [{ reason: LATE, message: late.message, atOffset: 5 }],
        },
        {
          ...future,
          incarnation: FIRST.incarnation,
          state: 'waiting',
          attempts: 0,
          nextAttemptMs: SEEN_MS + FIRST_DELAY_MS,
          causes: [{ reason: FUTURE, message: future.message, atOffset: 7 }],
        },
      ]);
    });

    test('have the state on arrival that a computation without the store gives them, whatever the reason', async () => {
      await write(...Array.from({ length: 20 }, (_, reason) => letterOf(1, reason, { reason })));
      for (const { reason, state, nextAttemptMs } of await found()) {
        const expected = retryOf({ reason, attempts: 0, atMs: SEEN_MS });
        expect({ reason, state, nextAttemptMs }).toEqual({ reason, nextAttemptMs: undefined, ...expected });
      }
    });

    test('of a damaged record, which name no city, wait for nothing', async () => {
      await write(letterOf(1, 0, { reason: POISON, cityId: '', observedMs: undefined }));
      expect(await found()).toMatchObject([{ state: 'parked', nextAttemptMs: undefined }]);
      expect(await found({ states: ['waiting'] })).toEqual([]);
    });

    test('have the state of the newest outcome, and name why each replay failed', async () => {
      const letter = letterOf(5, 2, { reason: POISON });
      await write(letter);
      await settle(
        outcomeOf(letter, 10, {
          state: 'waiting',
          nextAttemptMs: SEEN_MS + 600_000,
          reason: FUTURE,
          message: 'still ahead',
        }),
      );
      expect(await found()).toMatchObject([
        { state: 'waiting', attempts: 1, nextAttemptMs: SEEN_MS + 600_000, reason: POISON },
      ]);
      await settle(outcomeOf(letter, 20, { state: 'parked', attempts: 2, reason: LATE, message: 'too late' }));
      await settle(outcomeOf(letter, 30, { attempts: 3 }));
      const expected = {
        ...letter,
        incarnation: FIRST.incarnation,
        state: 'replayed',
        attempts: 3,
        nextAttemptMs: undefined,
        causes: [
          { reason: POISON, message: letter.message, atOffset: 5 },
          { reason: FUTURE, message: 'still ahead', atOffset: 10 },
          { reason: LATE, message: 'too late', atOffset: 20 },
        ],
      };
      expect(await found()).toEqual([expected]);
      await subject().optimize();
      expect(await found()).toEqual([expected]);
    });

    test('name the first cause and the last three', async () => {
      const letter = letterOf(5, 2);
      await write(letter);
      await settle(
        ...[10, 11, 12, 13, 14].map((at) =>
          outcomeOf(letter, at, { state: 'parked', reason: LATE, message: `at ${at}` }),
        ),
      );
      const [stored] = await found();
      expect(stored?.causes.map(({ atOffset }) => atOffset)).toEqual([5, 12, 13, 14]);
    });

    test('stay as they are when letters and outcomes are written again, before and after merging', async () => {
      const letters = [letterOf(5, 2), letterOf(5, 3, { reason: FUTURE })];
      const outcomes = [
        outcomeOf(letters[0]!, 10, { state: 'parked', reason: LATE, message: 'again' }),
        outcomeOf(letters[1]!, 11),
      ];
      await write(...letters);
      await settle(...outcomes);
      const before = await found();
      expect(before.map(({ state }) => state)).toEqual(['parked', 'replayed']);
      await settle(...outcomes);
      await write(...letters);
      expect(await found()).toEqual(before);
      expect(await counts()).toEqual({ 'LATE parked': 1, 'FUTURE replayed': 1 });
      await subject().optimize();
      expect(await found()).toEqual(before);
      expect(await counts()).toEqual({ 'LATE parked': 1, 'FUTURE replayed': 1 });
    });

    test('are not changed by an older outcome that comes late', async () => {
      const letter = letterOf(5, 2, { reason: POISON });
      await write(letter);
      await settle(outcomeOf(letter, 20, { attempts: 2 }));
      await settle(outcomeOf(letter, 10, { state: 'waiting', nextAttemptMs: 1, reason: POISON, message: 'old' }));
      expect(await found()).toMatchObject([{ state: 'replayed', attempts: 2, nextAttemptMs: undefined }]);
      expect(await found({ states: ['waiting'] })).toEqual([]);
    });

    test('of a newer log have nothing of what became of a letter with the same id in an older one', async () => {
      const letter = letterOf(5, 2);
      await write(letter);
      await settle(outcomeOf(letter, 10));
      const newer = { ...letter, reason: FUTURE, message: 'another' };
      await subject().store.writeDeadLetters(SECOND, [newer]);
      expect(await found()).toMatchObject([
        { incarnation: SECOND.incarnation, state: 'waiting', attempts: 0, causes: [{ reason: FUTURE }] },
      ]);
      await subject().store.writeDeadLetterOutcomes(SECOND, [outcomeOf(letter, 8)]);
      expect(await found()).toMatchObject([{ state: 'replayed' }]);
    });

    test('are found by each of their facts, and by all together', async () => {
      const letters = [
        letterOf(1, 0, { cityId: "it's" }),
        letterOf(2, 0, { reason: TOO_HOT, producerId: 'feed', observedMs: SEEN_MS - 10 }),
        letterOf(3, 0, { firstSeenMs: SEEN_MS + 5, observedMs: SEEN_MS - 10 }),
        letterOf(4, 0, { reason: FUTURE, observedMs: undefined, firstSeenMs: SEEN_MS + 5 }),
      ];
      await write(...letters);
      await settle(outcomeOf(letters[2]!, 9));
      const offsets = async (filter: DeadLetterFilter) => (await found(filter)).map(({ offset }) => offset);
      expect(await offsets({ reasons: [LATE, FUTURE] })).toEqual([1, 3, 4]);
      expect(await offsets({ reasons: [] })).toEqual([]);
      expect(await offsets({ cityId: "it's" })).toEqual([1]);
      expect(await offsets({ producerId: 'feed' })).toEqual([2]);
      expect(await offsets({ states: ['parked'] })).toEqual([1, 2]);
      expect(await offsets({ states: ['waiting', 'replayed'] })).toEqual([3, 4]);
      expect(await offsets({ observedFromMs: SEEN_MS - 10 })).toEqual([2, 3]);
      expect(await offsets({ observedFromMs: SEEN_MS - 11, observedToMs: SEEN_MS - 10 })).toEqual([]);
      expect(await offsets({ seenFromMs: SEEN_MS + 5 })).toEqual([3, 4]);
      expect(await offsets({ seenToMs: SEEN_MS + 5 })).toEqual([1, 2]);
      expect(await offsets({ ids: [letters[3]!, letters[0]!, letters[0]!, { ...letters[0]!, row: 9 }] })).toEqual([
        1, 4,
      ]);
      expect(await offsets({ ids: [] })).toEqual([]);
      expect(
        await offsets({ reasons: [LATE], states: ['replayed'], seenFromMs: SEEN_MS, ids: letters, cityId: 'nowhere' }),
      ).toEqual([3]);
    });

    test('that wait are found when they are due, whatever they waited for before', async () => {
      const future = letterOf(1, 0, { reason: FUTURE });
      const late = letterOf(2, 0);
      const retried = letterOf(3, 0, { reason: POISON });
      await write(future, late, retried);
      await settle(
        outcomeOf(late, 9, { state: 'waiting', nextAttemptMs: SEEN_MS + 1_000, reason: FUTURE, message: 'x' }),
        outcomeOf(retried, 9, { state: 'parked', attempts: 2, reason: POISON, message: 'x' }),
      );
      const due = async (dueAtMs: number) => (await found({ dueAtMs })).map(({ offset }) => offset);
      expect(await due(SEEN_MS + 999)).toEqual([]);
      expect(await due(SEEN_MS + 1_000)).toEqual([2]);
      expect(await due(SEEN_MS + FIRST_DELAY_MS - 1)).toEqual([2]);
      expect(await due(SEEN_MS + FIRST_DELAY_MS)).toEqual([1, 2]);
      expect((await found({ states: ['waiting'] })).map(({ offset }) => offset)).toEqual([1, 2]);
    });

    test('come in pages without skipping or repeating', async () => {
      const letters = [3, 1, 2].flatMap((offset) => [4, 0, 2].map((row) => letterOf(offset, row)));
      await write(...letters);
      const paged: string[] = [];
      let after: DeadLetterId = { partition, offset: 0, row: 0 };
      for (;;) {
        const page = await subject().store.deadLetters({ filter: { cityId: 'nowhere' }, limit: 2, after });
        const mine = page.filter((letter) => letter.partition === partition);
        paged.push(...idsOf(mine));
        if (mine.length === 0) break;
        after = mine.at(-1)!;
      }
      expect(paged).toEqual(['1/0', '1/2', '1/4', '2/0', '2/2', '2/4', '3/0', '3/2', '3/4']);
      expect(
        await subject().store.deadLetters({ filter: { ids: letters }, limit: 3, after: letterOf(1, 2) }),
      ).toMatchObject([{ row: 4 }, { offset: 2, row: 0 }, { offset: 2, row: 2 }]);
    });

    test('are counted by reason and state, with the time of the first and the last', async () => {
      await write(
        letterOf(1, 0),
        letterOf(1, 1, { firstSeenMs: SEEN_MS + 7 }),
        letterOf(1, 2, { reason: FUTURE }),
        letterOf(1, 3),
      );
      await settle(outcomeOf(letterOf(1, 3), 9));
      const ids = [0, 1, 2, 3].map((row) => letterOf(1, row));
      expect(await subject().store.countDeadLetters({ ids })).toEqual([
        { reason: FUTURE, state: 'waiting', count: 1, oldestSeenMs: SEEN_MS, newestSeenMs: SEEN_MS },
        { reason: LATE, state: 'parked', count: 2, oldestSeenMs: SEEN_MS, newestSeenMs: SEEN_MS + 7 },
        { reason: LATE, state: 'replayed', count: 1, oldestSeenMs: SEEN_MS, newestSeenMs: SEEN_MS },
      ]);
      expect(await subject().store.countDeadLetters({ ids: [] })).toEqual([]);
    });

    test('that are purged stay away, also when a sink writes them or their outcomes again', async () => {
      const letters = [letterOf(1, 0), letterOf(1, 1, { reason: FUTURE }), letterOf(1, 2)];
      const before = (await subject().store.totals()).deadLetters;
      await write(...letters);
      await settle(outcomeOf(letters[0]!, 8));
      const purge = (...ids: DeadLetterId[]) => subject().store.purgeDeadLetters(FIRST, ids);
      expect(await purge(letters[0]!, letters[1]!, letters[1]!, { partition, offset: 99, row: 0 })).toBe(2);
      expect(idsOf(await found())).toEqual(['1/2']);
      expect(await purge(letters[0]!)).toBe(0);
      await write(...letters);
      await settle(outcomeOf(letters[0]!, 8), outcomeOf(letters[1]!, 9_000_000));
      const gone = async () => {
        expect(idsOf(await found())).toEqual(['1/2']);
        expect(idsOf(await found({ states: ['waiting', 'purged', 'replayed'] }))).toEqual([]);
        expect(await counts()).toEqual({ 'LATE parked': 1 });
        expect((await subject().store.totals()).deadLetters - before).toBe(1);
      };
      await gone();
      await subject().optimize();
      await gone();
    });

    test('that are purged make no room for silence: another letter with their id, of a newer log, is found', async () => {
      const letter = letterOf(1, 0);
      await write(letter);
      expect(await subject().store.purgeDeadLetters(SECOND, [letter])).toBe(1);
      await subject().store.writeDeadLetters(SECOND, [{ ...letter, message: 'another' }]);
      expect(await found()).toMatchObject([{ message: 'another', state: 'parked' }]);
    });

    test('are named and returned in bounded numbers', async () => {
      const refused = { code: 'INVALID_ARGUMENT', id: 'ANALYTICS_DEAD_LETTER_LIMIT' };
      const { store } = subject();
      for (const limit of [0, 0.5, 10_001]) {
        await expect(store.deadLetters({ filter: {}, limit })).rejects.toMatchObject(refused);
      }
      const ids = Array.from({ length: 10_001 }, (_, row) => ({ partition, offset: 1, row }));
      await expect(store.deadLetters({ filter: { ids }, limit: 1 })).rejects.toMatchObject(refused);
      await expect(store.countDeadLetters({ ids })).rejects.toMatchObject(refused);
      await expect(store.purgeDeadLetters(FIRST, ids)).rejects.toMatchObject(refused);
      // More than one statement names.
      const known = ids.slice(0, 1_300);
      await write(...known.slice(0, 1_200).map(({ row }) => letterOf(1, row)));
      const page = await store.deadLetters({ filter: { ids: known }, limit: 1_100 });
      expect(page.map(({ row }) => row)).toEqual(Array.from({ length: 1_100 }, (_, row) => row));
      expect(await store.countDeadLetters({ ids: known })).toMatchObject([{ count: 1_200 }]);
      expect(await store.purgeDeadLetters(FIRST, known)).toBe(1_200);
      expect(await found()).toEqual([]);
    });
  });

  /** Counts of this test's partition by name. */
  async function counts(): Promise<Record<string, number>> {
    const names: Readonly<Record<number, string>> = { [FUTURE]: 'FUTURE', [TOO_HOT]: 'TOO_HOT', [LATE]: 'LATE' };
    const ids = Array.from({ length: 100 }, (_, i) => ({ partition, offset: 1 + (i % 10), row: Math.floor(i / 10) }));
    const found = await subject().store.countDeadLetters({ ids });
    return Object.fromEntries(found.map(({ reason, state, count }) => [`${names[reason]} ${state}`, count]));
  }
}
