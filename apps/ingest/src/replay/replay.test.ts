import { fromBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { ReplayRefusalReason } from '@isotherm/contracts/ingest/v1/replay_service';
import { allPartitions, createMemoryLog, type Log } from '@isotherm/log';
import { partitionOf } from '@isotherm/placement';
import { createRecordReader, encodeTick, type ObservationsRecord } from '@isotherm/records';
import { describe, expect, it } from 'vitest';
import type { IngestLimits } from '../index.ts';
import { holdLog } from '../testing/hold-log.ts';
import type { CallFailure } from '../testing/ingest-client.ts';
import { NOW_MS, startFixture } from '../testing/ingest-fixture.ts';
import { connectReplay } from '../testing/replay-client.ts';
import { detailsOf } from '../testing/status-details.ts';

const PARTITIONS = 8;
const CITY = 'replayed';
const PARTITION = partitionOf(CITY, PARTITIONS);
/** A city of another partition. */
const OTHER = ['a', 'b', 'c', 'd'].find((cityId) => partitionOf(cityId, PARTITIONS) !== PARTITION)!;

/** Starts over a log with a record in every partition, for letters to be of. */
async function start(log: Log = createMemoryLog({ partitionCount: PARTITIONS }), limits: Partial<IngestLimits> = {}) {
  await log.append(allPartitions(PARTITIONS).map((partition) => ({ partition, bytes: encodeTick() })));
  const fixture = await startFixture({ log, limits });
  const client = connectReplay(fixture.ingest.address.port);
  return {
    ...fixture,
    replays: client,
    async [Symbol.asyncDispose]() {
      client.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

function letter(row: number, observation: object = {}, ids: object = {}) {
  const base = { cityId: CITY, observeTime: timestampFromMs(NOW_MS - 7_200_000 + row * 1000), temperatureCelsius: row };
  return {
    partition: PARTITION,
    offset: 0n,
    row,
    attempt: 1,
    firstSeenTime: timestampFromMs(NOW_MS - 5000),
    observation: { ...base, ...observation },
    ...ids,
  };
}

/** The replays of a partition, as compute reads them. */
async function replaysOf(log: Log, partition = PARTITION): Promise<ObservationsRecord[]> {
  const { start: from, end } = (await log.extents([partition])).get(partition)!;
  const found: ObservationsRecord[] = [];
  for (let offset = from; offset < end; offset += 1) {
    const record = createRecordReader().decode((await log.readAt(partition, offset))!.bytes);
    if (record.kind === 'observations' && record.replay !== undefined) found.push(record);
  }
  return found;
}

describe('Replay', () => {
  it('appends the rows in the order given to their partition, each with its letter, and answers with a read token', async () => {
    await using fixture = await start();
    const answer = await fixture.replays.replay(letter(3), letter(1), letter(2, { sensorId: 'roof' }, { attempt: 2 }));
    expect(answer).toMatchObject({ appended: 3, refused: [], readToken: { partitions: [PARTITION], offsets: [1n] } });
    const [record] = await replaysOf(fixture.log);
    expect([...record!.replay!.row]).toEqual([3, 1, 2]);
    expect([...record!.replay!.attempt]).toEqual([1, 1, 2]);
    expect([...record!.replay!.firstSeenMs]).toEqual([NOW_MS - 5000, NOW_MS - 5000, NOW_MS - 5000]);
    expect([...record!.temperature.values]).toEqual([300, 100, 200]);
    const { rows } = await fixture.contents();
    expect(rows.map(({ cityId, sensorId }) => [cityId, sensorId])).toEqual([
      [CITY, undefined],
      [CITY, undefined],
      [CITY, 'roof'],
    ]);
    expect((await fixture.log.extents([PARTITION])).get(PARTITION)!.weight).toBe(0);
  });

  it('appends rows of several partitions in one group', async () => {
    await using fixture = await start();
    const owner = partitionOf(OTHER, PARTITIONS);
    const other = letter(9, { cityId: OTHER }, { partition: owner });
    const { readToken } = await fixture.replays.replay(letter(1), other, letter(2));
    expect(readToken!.partitions).toEqual([PARTITION, owner].sort((a, b) => a - b));
    expect([...(await replaysOf(fixture.log))[0]!.replay!.row]).toEqual([1, 2]);
    expect([...(await replaysOf(fixture.log, owner))[0]!.replay!.row]).toEqual([9]);
  });

  it('sends a row that still breaks a rule along as a reject, with the reason an ordinary row gets', async () => {
    await using fixture = await start();
    const future = letter(1, { observeTime: timestampFromMs(NOW_MS + 3_600_000) });
    const windy = letter(2, { windSpeedMps: 400 });
    const answer = await fixture.replays.replay(future, letter(3), windy);
    expect(answer).toMatchObject({ appended: 3, refused: [] });
    const [record] = await replaysOf(fixture.log);
    expect([...record!.replay!.row]).toEqual([3, 1, 2]);
    expect(record!.rejectedRows.map(({ reason }) => reason)).toEqual([
      RejectReason.TIME_IN_FUTURE,
      RejectReason.WIND_IMPOSSIBLE,
    ]);
    const told = await fixture.client.ingest({ observations: [future.observation, windy.observation] });
    expect(told.rejections.map(({ reason, message }) => [reason, message])).toEqual(
      record!.rejectedRows.map(({ reason, message }) => [reason, message]),
    );
    expect(fromBinary(ObservationSchema, record!.rejectedRows[1]!.observation).windSpeedMps).toBe(400);
  });

  it('rejects a city more than ingest takes, so that its letter learns that it still does not fit', async () => {
    await using fixture = await start(createMemoryLog({ partitionCount: PARTITIONS }), { maxCities: 1 });
    await fixture.client.ingest({ observations: [letter(1, { cityId: OTHER }).observation] });
    expect((await fixture.replays.replay(letter(2))).appended).toBe(1);
    const [record] = await replaysOf(fixture.log);
    expect(record!.rejectedRows.map(({ reason }) => reason)).toEqual([RejectReason.TOO_MANY_CITIES]);
  });

  it('refuses rows that cannot be told from others, each with a sentence, and appends the rest', async () => {
    await using fixture = await start();
    const { observation: _, ...empty } = letter(6);
    const { appended, refused } = await fixture.replays.replay(
      letter(1, { cityId: OTHER }),
      letter(2),
      letter(3, {}, { partition: PARTITIONS }),
      letter(4, {}, { offset: 7n }),
      letter(5, {}, { attempt: 0 }),
      empty,
    );
    expect(appended).toBe(1);
    expect(refused.map(({ index, reason }) => [index, reason])).toEqual([
      [0, ReplayRefusalReason.WRONG_PARTITION],
      [2, ReplayRefusalReason.NO_SUCH_LETTER],
      [3, ReplayRefusalReason.NO_SUCH_LETTER],
      [4, ReplayRefusalReason.NO_SUCH_LETTER],
      [5, ReplayRefusalReason.NO_OBSERVATION],
    ]);
    expect(refused[0]!.message).toContain(`City "${OTHER}" is of partition`);
    expect(refused[1]!.message).toBe(
      `Partition ${PARTITIONS} does not exist; the log has ${PARTITIONS}, from 0; name a letter as it was listed.`,
    );
  });

  it('refuses no rows, too many, and bytes that are no message', async () => {
    await using fixture = await start();
    const many = Array.from({ length: 10_001 }, (_, row) => letter(row));
    for (const call of [fixture.replays.replay(), fixture.replays.replay(...many)]) {
      expect((await refusalOf(call)).reason).toBe('BATCH_INVALID');
    }
    const bytes = fixture.replays.replayBytes(Uint8Array.of(0x0a, 0xff));
    expect((await refusalOf(bytes)).reason).toBe('MESSAGE_MALFORMED');
    expect(await replaysOf(fixture.log)).toEqual([]);
  });

  it('answers once its append is done, and tells of a failed one that a retry may help', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: PARTITIONS }));
    await using fixture = await start(log);
    state.holding = true;
    let answered = false;
    const answer = fixture.replays.replay(letter(1)).then((response) => {
      answered = true;
      return response;
    });
    await expect.poll(() => held.length).toBe(1);
    expect(answered).toBe(false);
    held[0]!.release();
    expect((await answer).appended).toBe(1);
    const failing = fixture.replays.replay(letter(2));
    await expect.poll(() => held.length).toBe(2);
    held[1]!.fail(new Error('the disk went away'));
    const told = await refusalOf(failing);
    expect(told.reason).toBe('LOG_APPEND_FAILED');
    expect(told.retryAfterMs).toBeGreaterThan(0);
  });

  it('is refused when ordinary batches take all the room there is, and once ingest drains', async () => {
    const { log, held, state } = holdLog(createMemoryLog({ partitionCount: PARTITIONS }));
    await using fixture = await start(log, { maxPendingBytes: 48 * 4 });
    state.holding = true;
    const sent = fixture.client.ingest({ observations: [1, 2, 3].map((row) => letter(row).observation) });
    await expect.poll(() => held.length).toBe(1);
    expect(await refusalOf(fixture.replays.replay(letter(1), letter(2)))).toMatchObject({
      reason: 'INGEST_BUSY',
      metadata: { setting: 'maxPendingBytes' },
    });
    state.holding = false;
    held[0]!.release();
    await sent;
    expect((await fixture.replays.replay(letter(1), letter(2))).appended).toBe(2);
    const drained = fixture.ingest.drain();
    expect((await refusalOf(fixture.replays.replay(letter(1)))).reason).toBe('INGEST_DRAINING');
    await drained;
  });
});

async function refusalOf(call: Promise<unknown>) {
  const failure = await call.then(
    () => undefined,
    (thrown: CallFailure) => thrown,
  );
  return detailsOf(failure?.status);
}
