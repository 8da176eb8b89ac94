import { partitionOf } from '@isotherm/placement';
import { encodeTick } from '@isotherm/records';
import { expect, it } from 'vitest';
import { NOW_MS, startFixture } from '../src/testing/ingest-fixture.ts';
import { connectReplay } from '../src/testing/replay-client.ts';

// Found by fuzzing: a replay with a row first seen at no time failed inside ingest as a whole, the good rows with it.
it.each([2n ** 62n, 253_402_300_800n])(
  'a row first seen at %i s is refused, and the rest is appended',
  async (seconds) => {
    await using fixture = await startFixture();
    const partition = partitionOf('x', fixture.log.partitionCount);
    await fixture.log.append([{ partition, bytes: encodeTick() }]);
    const client = connectReplay(fixture.ingest.address.port);
    const observation = { cityId: 'x', observeTime: { seconds: BigInt(NOW_MS / 1000) }, temperatureCelsius: 20 };
    const row = { partition, offset: 0n, attempt: 1, observation };
    const { appended, refused } = await client.replay({ ...row, firstSeenTime: { seconds } }, { ...row, row: 1 });
    client.close();
    expect(appended).toBe(1);
    expect(refused).toMatchObject([{ index: 0, message: expect.stringContaining('is no time') }]);
  },
);
