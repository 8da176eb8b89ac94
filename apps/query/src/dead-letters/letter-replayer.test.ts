import { RefusalReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ANYBODY, IsothermError } from '@isotherm/service-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSharedReads } from '../analytics/shared-reads.ts';
import { createFakeDeadLetters, INCARNATION, lateLetter } from '../testing/fake-dead-letters.ts';
import { createFakeReplayPort } from '../testing/fake-replay-port.ts';
import { compareLetterIds, letterIdText } from './letter-id.ts';
import { createLetterReplayer } from './letter-replayer.ts';
import { createLetterStore } from './letter-store.ts';

const call = { signal: new AbortController().signal, deadlineMs: Date.now() + 60_000, caller: ANYBODY };
const REPLAYED = { reasons: [10], states: ['waiting', 'parked'] as const };

function setUp() {
  const analytics = createFakeDeadLetters();
  const port = createFakeReplayPort();
  const shared = createSharedReads(() => 0, { maxAnswers: 1, maxReads: 8, limitMs: 10_000 });
  const store = createLetterStore({ analytics, shared }, { incarnation: INCARNATION });
  const slept: number[] = [];
  const runtime = { sleep: async (delayMs: number) => void slept.push(delayMs) };
  const replayer = createLetterReplayer({ store, port, runtime }, { incarnation: INCARNATION });
  return { analytics, port, replayer, slept };
}

describe('Replaying letters', () => {
  it('sends them in the order of the log, page by page, whatever the order of the ids', async () => {
    const { analytics, port, replayer } = setUp();
    analytics.letters = Array.from({ length: 4_500 }, (_, i) => lateLetter([i % 3, 9000 - i, i % 7]));
    const ids = [...analytics.letters].sort(compareLetterIds);
    const outcome = await replayer.replay({ kind: 'filter', filter: REPLAYED, limit: 10_000 }, call);
    expect(outcome).toMatchObject({ replayed: 4_500, refused: 0, more: false });
    expect(port.replays.map((rows) => rows.length)).toEqual([2000, 2000, 500]);
    expect(port.replays.flat().map(({ partition, offset, row }) => `${partition}/${offset}/${row}`)).toEqual(
      ids.map(letterIdText),
    );
    expect(port.mostAtOnce).toBe(1);
  });

  it('keeps the order of every city, whichever letters are chosen', async () => {
    const ids = fc.uniqueArray(fc.tuple(fc.nat(2), fc.nat(30), fc.nat(3)), { selector: String, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(ids, async (places) => {
        const { analytics, port, replayer } = setUp();
        analytics.letters = places.map((place) => lateLetter(place, { cityId: `city-${place[0]}` }));
        const chosen = [...analytics.letters].sort(compareLetterIds).filter((_, i) => i % 3 !== 1);
        await replayer.replay({ kind: 'ids', ids: chosen }, call);
        const sent = port.replays.flat();
        expect(sent.map(({ offset }) => Number(offset))).toEqual(chosen.map(({ offset }) => offset));
      }),
      { numRuns: 50 },
    );
  });

  it('numbers the attempt, names where the letter came from, and hands out a token that covers every page', async () => {
    const { analytics, port, replayer } = setUp();
    analytics.letters = [
      ...Array.from({ length: 2_001 }, (_, row) => lateLetter([5, 1, row])),
      lateLetter([6, 8, 0], { attempts: 2, state: 'waiting', nextAttemptMs: 1 }),
    ];
    const { readToken } = await replayer.replay({ kind: 'filter', filter: REPLAYED, limit: 10_000 }, call);
    expect(port.replays.at(-1)?.at(-1)).toMatchObject({ partition: 6, offset: 8n, row: 0, attempt: 3 });
    expect(readToken).toMatchObject({ incarnation: INCARNATION, partitions: [5, 6], offsets: [102n, 101n] });
  });

  it('refuses with a reason what cannot be replayed, and replays the rest', async () => {
    const { analytics, port, replayer } = setUp();
    port.refusedCities.add('moved');
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 37);
    analytics.letters = [
      lateLetter([0, 1, 0]),
      lateLetter([0, 2, 0], { state: 'replayed' }),
      lateLetter([0, 3, 0], { incarnation: 'ffffffffffffffff' }),
      lateLetter([0, 4, 0], { cityId: '', observation: bytes, observedMs: undefined }),
      lateLetter([0, 5, 0], { cityId: '', observation: new Uint8Array() }),
      lateLetter([0, 6, 0], { cityId: '' }),
      lateLetter([0, 7, 0], { cityId: 'moved' }),
    ];
    const ids = [...analytics.letters, { partition: 9, offset: 9, row: 9 }];
    const outcome = await replayer.replay({ kind: 'ids', ids }, call);
    expect(outcome).toMatchObject({ replayed: 1, refused: 7 });
    expect(port.replays.flat().map(({ offset }) => offset)).toEqual([1n]);
    expect(Object.fromEntries(outcome.refusals.map(({ id, reason }) => [letterIdText(id), reason]))).toEqual({
      '9/9/9': RefusalReason.NOT_FOUND,
      '0/2/0': RefusalReason.ALREADY_REPLAYED,
      '0/3/0': RefusalReason.OTHER_LOG,
      '0/4/0': RefusalReason.NO_OBSERVATION,
      '0/5/0': RefusalReason.NO_OBSERVATION,
      '0/6/0': RefusalReason.NO_OBSERVATION,
      '0/7/0': RefusalReason.NOT_TAKEN,
    });
    for (const { message } of outcome.refusals) expect(message).toMatch(/\.$/);
  });

  it('says in a dry run what it would do, and whether the limit keeps letters out', async () => {
    const { analytics, port, replayer } = setUp();
    analytics.letters = Array.from({ length: 30 }, (_, row) => lateLetter([0, 1, row]));
    const selection = { kind: 'filter' as const, filter: REPLAYED, limit: 20 };
    const dry = await replayer.replay(selection, call, { dryRun: true });
    expect(dry).toMatchObject({ replayed: 20, refused: 0, more: true, readToken: undefined });
    expect(port.replays).toEqual([]);
    expect((await replayer.replay({ ...selection, limit: 30 }, call)).more).toBe(false);
  });

  it('comes back when ingest says so, as long as its caller waits', async () => {
    const { analytics, port, replayer, slept } = setUp();
    analytics.letters = [lateLetter([0, 1, 0])];
    const busy = new IsothermError({
      code: 'RESOURCE_EXHAUSTED',
      id: 'INGEST_BUSY',
      message: 'Busy.',
      retryAfterMs: 70,
    });
    let refusals = 2;
    port.before = () => {
      if (refusals-- > 0) throw busy;
    };
    const selection = { kind: 'ids' as const, ids: analytics.letters };
    expect((await replayer.replay(selection, call)).replayed).toBe(1);
    expect(slept).toEqual([70, 70]);
    refusals = 1;
    const hurried = { ...call, deadlineMs: Date.now() + 50 };
    await expect(replayer.replay(selection, hurried)).rejects.toBe(busy);
  });
});
