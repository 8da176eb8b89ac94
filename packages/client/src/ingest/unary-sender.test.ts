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
