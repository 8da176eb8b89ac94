import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  DeadLetterReason,
  DeadLetterService,
  DeadLetterState,
  RefusalReason,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { describe, expect, it } from 'vitest';
import { createIsothermClient } from '../isotherm-client.ts';
import { startFakeApi } from '../testing/fake-api.ts';
import { deadLetterIdText, parseDeadLetterId } from './dead-letter.ts';

const SEEN_MS = 1_700_000_000_000;
const letter = (row: number) => ({
  id: { partition: 1, offset: 2n, row },
  state: DeadLetterState.PARKED,
  reason: DeadLetterReason.LATE,
  message: 'Too late.',
  cityId: 'roof',
  firstSeenTime: timestampFromMs(SEEN_MS),
  observation: { cityId: 'roof', temperatureCelsius: 0 },
  causes: [{ reason: DeadLetterReason.LATE, message: 'Too late.', atOffset: 2n }],
});

describe('dead letters', () => {
  it('are listed page by page, with names instead of numbers and missing values as undefined', async () => {
    const asked: string[] = [];
    await using api = await startFakeApi((router) =>
      router.rpc(DeadLetterService.method.listDeadLetters, ({ filter, pageToken, readToken }) => {
        expect(filter).toMatchObject({
          reasons: [DeadLetterReason.LATE],
          states: [DeadLetterState.PARKED],
          city: 'roof',
        });
        expect(readToken?.offsets).toEqual([7n]);
        asked.push(pageToken);
        return { deadLetters: [letter(asked.length)], nextPageToken: asked.length < 3 ? String(asked.length) : '' };
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const readToken = { incarnation: 'a', partitions: [1], offsets: [7n] };
    const filter = { reasons: ['LATE'], states: ['PARKED'], city: 'roof' } as const;
    const found = [];
    for await (const one of client.deadLetters.list({ filter, readToken })) found.push(one);
    expect(asked).toEqual(['', '1', '2']);
    expect(found.map(({ id }) => deadLetterIdText(id))).toEqual(['1/2/1', '1/2/2', '1/2/3']);
    expect(found[0]).toMatchObject({
      state: 'PARKED',
      reason: 'LATE',
      observeTime: undefined,
      firstSeenTime: new Date(SEEN_MS),
      nextAttemptTime: undefined,
      observation: { temperatureCelsius: 0, windSpeedMps: undefined },
      causes: [{ reason: 'LATE', atOffset: 2n }],
    });
  });

  it('are counted, replayed and purged', async () => {
    const id = { partition: 1, offset: 2n, row: 3 };
    await using api = await startFakeApi((router) =>
      router.service(DeadLetterService, {
        countDeadLetters: () => ({
          counts: [{ reason: DeadLetterReason.EMPTY, state: DeadLetterState.REPLAYED, count: 5n }],
        }),
        replayDeadLetters: ({ ids, dryRun, limit }) => {
          expect({ ids: ids.length, dryRun, limit }).toEqual({ ids: 1, dryRun: true, limit: 9 });
          const refusals = [{ id, reason: RefusalReason.ALREADY_REPLAYED, message: 'It counts.' }];
          return { replayed: 1n, refused: 1n, refusals, more: true };
        },
        purgeDeadLetters: ({ filter }) => ({ purged: filter?.city === 'roof' ? 4n : 0n }),
      }),
    );
    await using client = createIsothermClient({ apiUrl: api.url });
    const { deadLetters } = client;
    expect(await deadLetters.count()).toMatchObject([{ reason: 'EMPTY', state: 'REPLAYED', count: 5 }]);
    expect(await deadLetters.replay({ ids: [id] }, { dryRun: true, limit: 9 })).toEqual({
      replayed: 1,
      refused: 1,
      refusals: [{ id: expect.objectContaining(id), reason: 'ALREADY_REPLAYED', message: 'It counts.' }],
      readToken: undefined,
      more: true,
      matched: [],
    });
    expect(await deadLetters.purge({ filter: { city: 'roof' } })).toEqual({ purged: 4, matched: [] });
    await expect(deadLetters.get(id)).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });

  it('of a name that means nothing are refused before anything is sent', async () => {
    await using api = await startFakeApi((router) => router.service(DeadLetterService, {}));
    await using client = createIsothermClient({ apiUrl: api.url });
    // @ts-expect-error: the compiler refuses it too.
    const wrong = client.deadLetters.purge({ filter: { reasons: ['LATTE'] } });
    await expect(wrong).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [
        { field: 'filter.reasons', description: expect.stringContaining('"LATTE" is none of city_id_invalid') },
      ],
    });
    // @ts-expect-error: what is thrown away is named.
    const nothing = client.deadLetters.purge({});
    await expect(nothing).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });

  it('are named by partition, offset and row, and by nothing else', () => {
    expect(parseDeadLetterId('12/3408/7')).toEqual({ partition: 12, offset: 3408n, row: 7 });
    for (const text of ['', '12/3408', '1/2/3/4', '-1/2/3', '1/2/x', ' 1/2/3', '1/2/3 ', '1.5/2/3']) {
      expect(parseDeadLetterId(text)).toBeUndefined();
    }
  });
});
