import { create } from '@bufbuild/protobuf';
import { GetCitiesResponseSchema } from '@isotherm/contracts/compute/v1/compute_service';
import { IsothermError } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import type { CallTiming } from '../call.ts';
import { cityState } from '../testing/city-state.ts';
import type { ShardClient } from './shard-client.ts';
import { createStateBatcher, type ShardStates } from './state-batcher.ts';

interface Asked {
  readonly cityIds: readonly string[];
  readonly call: CallTiming;
}

/** A shard that knows every city but `unknown`, and remembers what it was asked. */
function fakeShard(refuse: (asked: Asked) => IsothermError | undefined = () => undefined) {
  const asked: Asked[] = [];
  const shard: Pick<ShardClient, 'name' | 'getCities'> = {
    name: 'shard-a',
    async getCities({ cityIds = [] }, call) {
      const read = { cityIds, call };
      asked.push(read);
      const error = refuse(read);
      if (error !== undefined) throw error;
      const known = cityIds.filter((cityId) => cityId !== 'unknown');
      return create(GetCitiesResponseSchema, { states: known.map((cityId) => cityState(cityId)) });
    },
  };
  const batcher = createStateBatcher(shard as ShardClient, {
    includeRolling: true,
    includeForecast: false,
    consistency: 0,
  });
  return { asked, batcher };
}

const callFor = (ms: number, signal = new AbortController().signal): CallTiming => ({
  signal,
  deadlineMs: Date.now() + ms,
});
const tooSlow = () => new IsothermError({ code: 'DEADLINE_EXCEEDED', id: 'SHARD_TOO_SLOW', message: 'Too slow.' });
const idsOf = ({ states }: ShardStates) => [...states.keys()];

describe('Reads of one turn', () => {
  it('share one call that asks for each city once, by the earliest deadline and nobody’s signal', async () => {
    const { asked, batcher } = fakeShard();
    const leaving = new AbortController();
    const reads = [
      batcher.get(['a', 'b'], callFor(9000)),
      batcher.get(['b', 'unknown'], callFor(5000)),
      batcher.get(['c'], callFor(7000, leaving.signal)),
    ];
    leaving.abort();
    const [first, second, third] = await Promise.all(reads);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.cityIds).toEqual(['a', 'b', 'unknown', 'c']);
    expect(asked[0]?.call.signal.aborted).toBe(false);
    expect(asked[0]!.call.deadlineMs - Date.now()).toBeLessThanOrEqual(5000);
    expect(idsOf(first!)).toEqual(expect.arrayContaining(['a', 'b']));
    expect(second?.states.has('unknown')).toBe(false);
    expect(third?.states.get('c')?.cityId).toBe('c');
    await batcher.get(['a'], callFor(9000));
    expect(asked).toHaveLength(2);
  });

  it('go alone where little time is left', async () => {
    const { asked, batcher } = fakeShard();
    await Promise.all([
      batcher.get(['a'], callFor(500)),
      batcher.get(['b'], callFor(500)),
      batcher.get(['c'], callFor(5000)),
    ]);
    expect(asked.map(({ cityIds }) => cityIds)).toEqual([['a'], ['b'], ['c']]);
  });

  it('are split at the most cities a call may name', async () => {
    const { asked, batcher } = fakeShard();
    const ids = (from: string) => Array.from({ length: 4000 }, (_, i) => `${from}${i}`);
    await Promise.all(['a', 'b', 'c'].map((from) => batcher.get(ids(from), callFor(5000))));
    expect(asked.map(({ cityIds }) => cityIds.length)).toEqual([8000, 4000]);
  });

  it('ask again for themselves where only the earliest deadline has passed', async () => {
    const { asked, batcher } = fakeShard(({ cityIds }) => (cityIds.length > 1 ? tooSlow() : undefined));
    const short = batcher.get(['a'], callFor(2000));
    const long = batcher.get(['b'], callFor(9000));
    await expect(short).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(idsOf(await long)).toEqual(['b']);
    expect(asked).toHaveLength(2);
  });

  it('all fail where the shard fails', async () => {
    const away = new IsothermError({ code: 'UNAVAILABLE', id: 'SHARD_UNAVAILABLE', message: 'Away.', retryAfterMs: 1 });
    const { batcher } = fakeShard(() => away);
    const reads = await Promise.allSettled([batcher.get(['a'], callFor(5000)), batcher.get(['b'], callFor(6000))]);
    expect(reads.map((read) => read.status === 'rejected' && read.reason)).toEqual([away, away]);
  });
});
