import { describe, expect, it } from 'vitest';
import { createIsothermClient } from '../isotherm-client.ts';
import { overloaded, startFakePlatform } from '../testing/fake-platform.ts';
import type { Observation } from './observation.ts';

const row = (cityId: string, temperatureCelsius = 20.5): Observation => ({
  cityId,
  observeTime: 1_700_000_000_000,
  temperatureCelsius,
});

describe('a stream of observations', () => {
  it('sends each city once a connection and acks every batch', async () => {
    await using platform = await startFakePlatform();
    await using client = createIsothermClient({ ingestUrl: platform.url, producerId: 'p1' });
    const stream = client.openStream({ session: 7n });
    const first = await stream.write([row('a'), row('b')]);
    const second = await stream.write([row('b'), row('c')]);
    await stream.close();
    expect(await first.result).toMatchObject({ sequence: 1, accepted: 2, rejected: 0 });
    expect(await second.result).toMatchObject({ sequence: 2, accepted: 2 });
    expect(platform.batches.map(({ cities }) => cities)).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ]);
    expect(platform.batches[0]).toMatchObject({ producerId: 'p1', session: 7n });
  });

  it('connects again and resends unanswered batches as they were', async () => {
    await using platform = await startFakePlatform();
    platform.decide = ({ sequence, connection }) => (sequence === 2 && connection === 1 ? 'hang up' : 'accept');
    await using client = createIsothermClient({ ingestUrl: platform.url, retry: { initialDelayMs: 1 } });
    const stream = client.openStream();
    const sent = [];
    for (const city of ['a', 'b', 'c', 'a']) sent.push(await stream.write([row(city)]));
    await stream.close();
    expect(await Promise.all(sent.map(({ result }) => result))).toHaveLength(4);
    const again = platform.batches.filter(({ connection }) => connection === 2);
    expect(again[0]).toMatchObject({ sequence: 2, cities: ['b'], createdMs: platform.batches[1]?.createdMs });
    expect(again.map(({ sequence }) => sequence)).toContain(4);
    expect(again.flatMap(({ cities }) => cities)).not.toContain('?');
  });

  it('sends a refused batch again when the platform asked for it, under the same sequence', async () => {
    await using platform = await startFakePlatform();
    let refusals = 2;
    platform.decide = ({ sequence }) => {
      if (sequence !== 1 || refusals === 0) return 'accept';
      refusals -= 1;
      return { error: overloaded(1) };
    };
    await using client = createIsothermClient({ ingestUrl: platform.url });
    const stream = client.openStream();
    const first = await stream.write([row('a')]);
    await stream.write([row('b')]);
    await stream.close();
    expect(await first.result).toMatchObject({ sequence: 1, accepted: 1 });
    expect(platform.batches.map(({ sequence }) => sequence)).toEqual([1, 2, 1, 1]);
  });

  it('runs at most so many batches ahead of the oldest unanswered one', async () => {
    await using platform = await startFakePlatform();
    platform.decide = () => 'silence';
    await using client = createIsothermClient({ ingestUrl: platform.url });
    const stream = client.openStream({ maxInFlight: 3 });
    for (let batch = 0; batch < 3; batch += 1) await stream.write([row('a')]);
    let admitted = false;
    const fourth = stream.write([row('a')]).then(() => {
      admitted = true;
    });
    while (platform.batches.length < 3) await new Promise((resolve) => setImmediate(resolve));
    expect(admitted).toBe(false);
    expect(stream.inFlight).toBe(3);
    platform.decide = () => 'accept';
    platform.ackSilent();
    await fourth;
    await stream.close();
    expect(platform.batches).toHaveLength(4);
  });

  it('gives up when the retries are spent, and says where nothing answered', async () => {
    await using client = createIsothermClient({
      ingestUrl: 'http://127.0.0.1:1',
      retry: { initialDelayMs: 1, maxDelayMs: 2, maxElapsedMs: 20 },
    });
    const stream = client.openStream();
    const { result } = await stream.write([row('a')]);
    await expect(result).rejects.toMatchObject({ code: 'UNAVAILABLE', id: 'UNREACHABLE', retryable: true });
    await expect(stream.write([row('a')])).rejects.toThrow('http://127.0.0.1:1');
    await expect(stream.close()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('rejects what is unanswered when its signal aborts', async () => {
    await using platform = await startFakePlatform();
    platform.decide = () => 'silence';
    await using client = createIsothermClient({ ingestUrl: platform.url });
    const abort = new AbortController();
    const stream = client.openStream({ signal: abort.signal });
    const { result } = await stream.write([row('a')]);
    abort.abort();
    await expect(result).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(client.openStream({ signal: abort.signal }).write([row('a')])).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('refuses a batch that spans more than its offsets can say', async () => {
    await using client = createIsothermClient({ ingestUrl: 'http://127.0.0.1:1' });
    const stream = client.openStream();
    const late = { ...row('a'), observeTime: new Date(1_700_000_000_000 + 60 * 86_400_000) };
    await expect(stream.write([row('a'), late])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(stream.write([{ ...row('a'), observeTime: new Date('nonsense') }])).rejects.toThrow('observeTime');
  });
});
