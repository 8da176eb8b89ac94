import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { StoredKind } from '@isotherm/contracts/compute/v1/compute_service';
import {
  type DeadLetter,
  DeadLetterReason,
  DeadLetterService,
  DeadLetterState,
  RefusalReason,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { IsothermError } from '@isotherm/service-kit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { caught } from '../testing/caught.ts';
import { createFakeDeadLetters, INCARNATION, lateLetter } from '../testing/fake-dead-letters.ts';
import { startFakeIngest } from '../testing/fake-ingest.ts';
import { BERLIN, NOW_MS, startTestPlatform } from '../testing/test-platform.ts';

const HOUR_MS = 3_600_000;
const analytics = createFakeDeadLetters();
const ingest = await startFakeIngest();
const platform = await startTestPlatform({
  analytics,
  ingest: { address: ingest.address, token: 'own' },
  deadLetterRetryMs: HOUR_MS,
});
const client = platform.client(DeadLetterService);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await ingest[Symbol.asyncDispose]();
});
beforeEach(() => {
  ingest.port.before = () => undefined;
  analytics.letters = [
    lateLetter([0, 3, 0], { cityId: BERLIN }),
    lateLetter([0, 3, 1]),
    lateLetter([1, 2, 7], {
      reason: DeadLetterReason.TIME_IN_FUTURE,
      state: 'waiting',
      attempts: 1,
      nextAttemptMs: NOW_MS + 60_000,
      causes: [
        { reason: DeadLetterReason.TIME_IN_FUTURE, message: 'Check the clock.', atOffset: 2 },
        { reason: DeadLetterReason.TIME_IN_FUTURE, message: 'Check the clock.', atOffset: 9 },
      ],
    }),
    lateLetter([1, 4, 0], { state: 'replayed', attempts: 1 }),
  ];
});

const idsOf = (letters: readonly DeadLetter[]) => letters.map(({ id }) => `${id?.partition}/${id?.offset}/${id?.row}`);

describe('ListDeadLetters', () => {
  it('pages through letters in the order of the log', async () => {
    const found: string[] = [];
    let pageToken = '';
    do {
      const page = await client.listDeadLetters({ pageSize: 3, pageToken });
      found.push(...idsOf(page.deadLetters));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(found).toEqual(['0/3/0', '0/3/1', '1/2/7', '1/4/0']);
  });

  it('filters by reason, state, city by name or id, producer and time', async () => {
    const list = async (filter: Parameters<typeof client.listDeadLetters>[0]['filter']) =>
      idsOf((await client.listDeadLetters({ filter: filter! })).deadLetters);
    expect(await list({ city: 'berlin' })).toEqual(['0/3/0']);
    expect(await list({ city: 'somewhere', reasons: [DeadLetterReason.LATE] })).toEqual(['0/3/1', '1/4/0']);
    expect(await list({ states: [DeadLetterState.WAITING] })).toEqual(['1/2/7']);
    expect(await list({ producerId: 'nobody' })).toEqual([]);
    expect(await list({ seenStartTime: timestampFromMs(NOW_MS) })).toEqual([]);
    expect(await list({ ids: [{ partition: 1, offset: 4n, row: 0 }] })).toEqual(['1/4/0']);
  });

  it('tells what a letter says, what was wrong each time and when it is due', async () => {
    const { deadLetter: letter } = await client.getDeadLetter({ id: { partition: 1, offset: 2n, row: 7 } });
    expect(letter).toMatchObject({
      state: DeadLetterState.WAITING,
      reason: DeadLetterReason.TIME_IN_FUTURE,
      attempts: 1,
      observation: { cityId: 'somewhere', temperatureCelsius: 2 },
      causes: [{ atOffset: 2n }, { atOffset: 9n }],
    });
    expect(timestampMs(letter!.nextAttemptTime!)).toBe(NOW_MS + 60_000);
    const unknown = await caught(client.getDeadLetter({ id: { partition: 9, offset: 9n, row: 9 } }));
    expect(unknown).toMatchObject({ code: Code.NotFound, reason: 'DEAD_LETTER_UNKNOWN' });
    expect(unknown.error.rawMessage).toContain('9/9/9');
  });

  it('refuses a page token of another filter, and what the schema forbids', async () => {
    const { nextPageToken } = await client.listDeadLetters({ pageSize: 1 });
    const other = { filter: { city: 'berlin' }, pageToken: nextPageToken };
    expect(await caught(client.listDeadLetters(other))).toMatchObject({ code: Code.InvalidArgument });
    const unset = { filter: { reasons: [DeadLetterReason.UNSPECIFIED] } };
    expect((await caught(client.listDeadLetters(unset))).code).toBe(Code.InvalidArgument);
  });

  it('waits with a read token until the owner says that letters and outcomes are stored', async () => {
    const { shardA } = platform;
    const stored = Promise.withResolvers<void>();
    shardA.storeAnswer = () => stored.promise;
    const readToken = { incarnation: INCARNATION, partitions: [0], offsets: [5n] };
    const answer = client.listDeadLetters({ readToken });
    await expect.poll(() => shardA.storeRequests.at(-1)).toMatchObject({ readToken, kind: StoredKind.RECORDS });
    stored.resolve();
    expect((await answer).deadLetters).toHaveLength(4);
    shardA.storeAnswer = undefined;
    const uneven = { ...readToken, offsets: [] };
    expect(await caught(client.listDeadLetters({ readToken: uneven }))).toMatchObject({ fields: ['read_token'] });
  });
});

describe('CountDeadLetters', () => {
  it('counts by reason and state', async () => {
    const { counts } = await client.countDeadLetters({});
    expect(counts.map(({ reason, state, count }) => [DeadLetterReason[reason], DeadLetterState[state], count])).toEqual(
      [
        ['TIME_IN_FUTURE', 'WAITING', 1n],
        ['LATE', 'PARKED', 2n],
        ['LATE', 'REPLAYED', 1n],
      ],
    );
  });
});

describe('ReplayDeadLetters', () => {
  it('replays what does not count yet, in order, over gRPC and under the token of the platform', async () => {
    const before = ingest.port.replays.length;
    const answer = await client.replayDeadLetters({ all: true });
    expect(answer).toMatchObject({ replayed: 3n, refused: 0n, more: false });
    expect(answer.readToken).toMatchObject({ incarnation: INCARNATION, partitions: [0, 1] });
    const sent = ingest.port.replays.slice(before).flat();
    expect(sent.map(({ partition, offset, row, attempt }) => [partition, offset, row, attempt])).toEqual([
      [0, 3n, 0, 1],
      [0, 3n, 1, 1],
      [1, 2n, 7, 2],
    ]);
    expect(ingest.authorizations.at(-1)).toBe('Bearer own');
  });

  it('sorts ids, and names each refusal', async () => {
    const ids = [
      { partition: 1, offset: 4n, row: 0 },
      { partition: 0, offset: 3n, row: 1 },
      { partition: 0, offset: 3n, row: 0 },
      { partition: 0, offset: 3n, row: 0 },
      { partition: 7, offset: 1n, row: 0 },
    ];
    const before = ingest.port.replays.length;
    const answer = await client.replayDeadLetters({ ids });
    expect(answer).toMatchObject({ replayed: 2n, refused: 2n });
    expect(ingest.port.replays[before]?.map(({ row }) => row)).toEqual([0, 1]);
    expect(answer.refusals.map(({ id, reason }) => [id?.partition, reason])).toEqual([
      [7, RefusalReason.NOT_FOUND],
      [1, RefusalReason.ALREADY_REPLAYED],
    ]);
  });

  it('does nothing in a dry run, and refuses neither and both of ids and filter', async () => {
    const before = ingest.port.replays.length;
    expect((await client.replayDeadLetters({ filter: { city: 'Berlin' }, dryRun: true })).replayed).toBe(1n);
    const both = { ids: [{ partition: 0, offset: 3n, row: 1 }], filter: {} };
    expect(await caught(client.replayDeadLetters({}))).toMatchObject({ fields: ['filter'] });
    expect(await caught(client.replayDeadLetters(both))).toMatchObject({ fields: ['ids'] });
    expect(ingest.port.replays).toHaveLength(before);
  });

  it('runs one replay at a time', async () => {
    ingest.port.before = () => new Promise((resolve) => setImmediate(resolve));
    await Promise.all([1, 2, 3].map(() => client.replayDeadLetters({ all: true })));
    expect(ingest.port.mostAtOnce).toBe(1);
  });

  it('hands on why ingest does not take them', async () => {
    ingest.port.before = () => {
      throw new IsothermError({ code: 'RESOURCE_EXHAUSTED', id: 'LOG_FULL', message: 'The log is full.' });
    };
    const told = await caught(client.replayDeadLetters({ all: true }));
    expect(told).toMatchObject({ code: Code.ResourceExhausted, reason: 'LOG_FULL' });
    expect(told.error.rawMessage).toContain('The log is full.');
  });
});

describe('PurgeDeadLetters', () => {
  it('throws away what is named, a dry run nothing, and refuses a filter that means everything', async () => {
    const filter = { reasons: [DeadLetterReason.LATE] };
    expect((await client.purgeDeadLetters({ filter, dryRun: true })).purged).toBe(2n);
    expect(analytics.letters).toHaveLength(4);
    expect((await client.purgeDeadLetters({ filter })).purged).toBe(2n);
    expect((await client.purgeDeadLetters({ ids: [{ partition: 1, offset: 4n, row: 0 }] })).purged).toBe(1n);
    expect(idsOf((await client.listDeadLetters({})).deadLetters)).toEqual(['1/2/7']);
    for (const everything of [{}, { states: [DeadLetterState.PARKED] }]) {
      expect(await caught(client.purgeDeadLetters({ filter: everything }))).toMatchObject({ fields: ['filter'] });
    }
  });
});

describe('GET /v1/dead-letters', () => {
  async function get(path: string) {
    const response = await fetch(platform.url + path);
    const json = (await response.json()) as { readonly error?: { readonly message: string } };
    return { status: response.status, json };
  }

  it('lists and counts with words instead of numbers', async () => {
    const { status, json } = await get('/v1/dead-letters?reason=time_in_future&state=waiting&page_size=5');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      dead_letters: [
        {
          id: '1/2/7',
          state: 'waiting',
          reason: 'time_in_future',
          city_id: 'somewhere',
          attempts: 1,
          next_attempt_time: '2026-07-01T12:01:00.000Z',
          observation: { temperature_celsius: 2, wind_speed_mps: null },
        },
      ],
      next_page_token: null,
    });
    expect((await get('/v1/dead-letters/count?city=Berlin')).json).toEqual({
      counts: [
        {
          reason: 'late',
          state: 'parked',
          count: 1,
          oldest_seen_time: '2026-07-01T11:59:00.000Z',
          newest_seen_time: '2026-07-01T11:59:00.000Z',
        },
      ],
    });
  });

  it('names the words where one means nothing', async () => {
    const { status, json } = await get('/v1/dead-letters?reason=lat');
    expect(status).toBe(400);
    expect(json.error?.message).toContain('"lat" is none of city_id_invalid, time_invalid, time_in_future');
  });
});

describe('A server that knows no ingest', () => {
  it('lists, and says why it cannot replay', async () => {
    await using alone = await startTestPlatform({ analytics });
    const lonely = alone.client(DeadLetterService);
    expect((await lonely.listDeadLetters({})).deadLetters).toHaveLength(4);
    expect(await caught(lonely.replayDeadLetters({ all: true }))).toMatchObject({ reason: 'REPLAY_NOT_SET_UP' });
  });
});
