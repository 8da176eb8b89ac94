import { create } from '@bufbuild/protobuf';
import { Code } from '@isotherm/contracts/google/rpc/code';
import { StatusSchema } from '@isotherm/contracts/google/rpc/status';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { describe, expect, it } from 'vitest';
import { createIsothermClient } from '../isotherm-client.ts';
import { overloaded, startFakePlatform } from '../testing/fake-platform.ts';

const rows = [{ cityId: 'a', observeTime: new Date(1_700_000_000_000), temperatureCelsius: 21 }];

describe('a unary send', () => {
  it('retries by RetryInfo under the same sequence and creation time', async () => {
    await using platform = await startFakePlatform();
    let refusals = 2;
    platform.decide = () => {
      refusals -= 1;
      return refusals >= 0 ? { error: overloaded(2) } : 'accept';
    };
    await using client = createIsothermClient({ ingestUrl: platform.url, token: () => 'secret' });
    expect(await client.send(rows)).toMatchObject({ sequence: 1, accepted: 1 });
    expect(new Set(platform.batches.map(({ sequence, createdMs }) => `${sequence} ${createdMs}`)).size).toBe(1);
    expect(platform.batches).toHaveLength(3);
    expect(platform.authorization).toBe('Bearer secret');
    expect(await client.send(rows)).toMatchObject({ sequence: 2 });
  });

  it('hands out rejected rows with their reason as data', async () => {
    await using platform = await startFakePlatform();
    const rejection = {
      $typeName: 'isotherm.ingest.v1.RowRejection' as const,
      row: 0,
      reason: RejectReason.HUMIDITY_IMPOSSIBLE,
      field: 'relative_humidity_percent',
      value: '155',
      message: 'Humidity lies between 0 and 105 %.',
    };
    platform.decide = () => ({ ack: { accepted: 0, rejected: 1, rejections: [rejection] } });
    await using client = createIsothermClient({ ingestUrl: platform.url });
    expect(await client.send(rows)).toMatchObject({
      rejected: 1,
      rejections: [{ row: 0, reason: 'HUMIDITY_IMPOSSIBLE', value: '155' }],
    });
  });

  it('does not retry what no retry can mend', async () => {
    await using platform = await startFakePlatform();
    platform.decide = () => ({ error: create(StatusSchema, { code: Code.INVALID_ARGUMENT, message: 'No.' }) });
    await using client = createIsothermClient({ ingestUrl: platform.url });
    await expect(client.send(rows)).rejects.toMatchObject({
      name: 'IsothermClientError',
      code: 'INVALID_ARGUMENT',
      retryable: false,
      message: 'No.',
    });
    expect(platform.batches).toHaveLength(1);
  });

  it('refuses a time that is none before anything is sent, and takes fractions of a millisecond', async () => {
    await using platform = await startFakePlatform();
    await using client = createIsothermClient({ ingestUrl: platform.url });
    const broken = client.send([{ cityId: 'a', observeTime: new Date('nonsense') }]);
    await expect(broken).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', id: 'OBSERVATION_INVALID' });
    expect(await client.send([{ cityId: 'a', observeTime: 1_700_000_000_000.75, windSpeedMps: 1 }])).toMatchObject({
      accepted: 1,
    });
  });

  it('ends at its deadline when nothing answers', async () => {
    await using platform = await startFakePlatform();
    platform.decide = () => 'silence';
    await using client = createIsothermClient({ ingestUrl: platform.url });
    await expect(client.send(rows, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});

describe('options of a client', () => {
  it('are refused by name when they are wrong', () => {
    expect(() => createIsothermClient({ ingestUrl: 'ftp://x' })).toThrow("Option ingestUrl 'ftp://x' must begin");
    expect(() => createIsothermClient({ producerId: '' })).toThrow('producerId');
  });
});

describe('more rows than a message holds', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      cityId: `city-${index}`,
      observeTime: 1_700_000_000_000 + index,
      windSpeedMps: 1,
    }));

  it('go in batches that fit, one after the other, under sequences of their own, and are answered as one', async () => {
    await using platform = await startFakePlatform();
    const offsets = [5n, 9n, 7n];
    let batch = 0;
    platform.decide = ({ cities }) => {
      const readToken = { incarnation: 'f', partitions: [1, batch + 2], offsets: [offsets[batch]!, 1n] };
      batch += 1;
      const rejection = { row: 3, reason: RejectReason.EMPTY, field: '', value: '', message: '' };
      return { ack: { accepted: cities.length - 1, rejected: 1, late: 2, rejections: [rejection], readToken } };
    };
    await using client = createIsothermClient({ ingestUrl: platform.url });
    const rows = many(120_000);
    const result = await client.send(rows);
    const [first, second] = platform.batches.map(({ cities }) => cities.length);
    expect(platform.batches.flatMap(({ cities }) => cities)).toEqual(rows.map(({ cityId }) => cityId));
    expect(platform.batches.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(result).toMatchObject({
      sequence: 1,
      batches: 3,
      accepted: 119_997,
      rejected: 3,
      late: 6,
      duplicate: false,
    });
    expect(result.rejections.map(({ row }) => row)).toEqual([3, first! + 3, first! + second! + 3]);
    expect(result.readToken).toEqual({ incarnation: 'f', partitions: [1, 2, 3, 4], offsets: [9n, 1n, 1n, 1n] });
  });

  it('say how many rows are kept where a later batch is refused', async () => {
    await using platform = await startFakePlatform();
    platform.decide = ({ sequence }) =>
      sequence < 2 ? 'accept' : { error: create(StatusSchema, { code: Code.PERMISSION_DENIED, message: 'No.' }) };
    await using client = createIsothermClient({ ingestUrl: platform.url });
    const kept = () => String(platform.batches[0]!.cities.length);
    const error: { metadata: Record<string, string>; code: string } = await client
      .send(many(70_000))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', metadata: { rows_kept: kept() } });
    expect(String(error)).toContain(`Rows 0 to ${Number(kept()) - 1} are kept`);
  });
});

it.each([
  [{ cityId: 'a', observeTime: 0, temperatureCelsius: '21' }, 'observations[1].temperature_celsius', '"21"'],
  [{ cityId: 5, observeTime: 0 }, 'observations[1].city_id', '5'],
  [{ cityId: 'a', observeTime: '2026-01-01' }, 'observations[1].observe_time', 'observeTime'],
  [{ cityId: 'a', observeTime: 0, sensorId: null }, 'observations[1].sensor_id', 'null'],
  [null, 'observations[1]', 'null'],
])('A row %j is refused with its field, before anything is sent', async (wrong, field, told) => {
  await using platform = await startFakePlatform();
  await using client = createIsothermClient({ ingestUrl: platform.url });
  const refused = { code: 'INVALID_ARGUMENT', id: 'OBSERVATION_INVALID', violations: [{ field }] };
  const observations = [rows[0]!, wrong as never];
  await expect(client.send(observations)).rejects.toMatchObject(refused);
  await expect(client.openStream().write(observations)).rejects.toThrow(told);
  expect(platform.batches).toEqual([]);
});

it('A connection that is lost before the answer is made again: the same batch, under its sequence', async () => {
  await using platform = await startFakePlatform();
  let losses = 1;
  platform.decide = () => {
    losses -= 1;
    return losses < 0
      ? 'accept'
      : { error: create(StatusSchema, { code: Code.INTERNAL, message: 'Received RST_STREAM' }) };
  };
  await using client = createIsothermClient({ ingestUrl: platform.url });
  // A status without details comes from the transport.
  platform.withoutDetails = true;
  expect(await client.send(rows)).toMatchObject({ sequence: 1, accepted: 1 });
  expect(platform.batches).toHaveLength(2);
});
