import type { PartitionRuntime } from '@isotherm/compute/internals';
import { createOffsetWaiters, passReadGate } from '@isotherm/compute/internals';
import { Consistency } from '@isotherm/contracts/type/v1/consistency';
import type { Log } from '@isotherm/log';
import { type Drill, idOf } from './drill.ts';

const INCARNATION = '0191a2b3c4d50009';

/** Reads that ask for a prefix of the log wait for it, exactly so long, and say how far it is when they give up. */
export async function drillReadGate(drill: Drill): Promise<void> {
  const { prng, same } = drill;
  const count = 1 + prng.below(4);
  const applied = Array.from({ length: count }, () => prng.pick([0, prng.below(10)]));
  const ends = applied.map((offset) => offset + prng.below(3));
  const runtimes = new Map(
    applied.map((_, partition) => [
      partition,
      {
        partition,
        state: {
          get appliedOffset() {
            return applied[partition]!;
          },
        },
      } as unknown as PartitionRuntime,
    ]),
  );
  const log = { incarnation: INCARNATION, extents: async () => ends.map((end) => ({ start: 0, end, weight: 0 })) };
  const waiters = createOffsetWaiters((partition) => applied[partition] ?? 0);
  const deps = { log: log as unknown as Log, runtimes, waiters };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  for (let i = 0; i < 25; i++) {
    const strong = prng.chance(0.4);
    const concerned = new Set(applied.flatMap((_, partition) => (prng.chance(0.7) ? [partition] : [])));
    const named = applied.flatMap((_, partition) => (prng.chance(0.6) ? [partition] : []));
    const offsets = named.map((partition) => BigInt(Math.max(0, applied[partition]! - 2 + prng.below(5))));
    const token = prng.chance(0.8) ? { incarnation: INCARNATION, partitions: named, offsets } : undefined;
    const wanted = new Map<number, number>();
    if (token !== undefined)
      named.forEach(
        (partition, at) => void (concerned.has(partition) && wanted.set(partition, Number(offsets[at]) + 1)),
      );
    if (strong)
      for (const partition of concerned) wanted.set(partition, Math.max(wanted.get(partition) ?? 0, ends[partition]!));
    const stop = new AbortController();
    let outcome = '';
    let metadata: unknown;
    const consistency = strong ? Consistency.STRONG : Consistency.UNSPECIFIED;
    passReadGate(deps, { token: token as never, consistency, partitions: concerned }, stop.signal).then(
      () => {
        outcome = 'passed';
      },
      (error: unknown) => {
        outcome = idOf(error);
        metadata = (error as { metadata?: unknown }).metadata;
      },
    );
    await turn();
    const behind = () => [...wanted].filter(([partition, offset]) => applied[partition]! < offset);
    for (let step = 0; step < 8; step++) {
      same(
        'a read passes when what it wants is applied, and not before',
        outcome,
        behind().length === 0 ? 'passed' : '',
      );
      if (outcome !== '') break;
      const partition = prng.below(count);
      applied[partition]! += 1;
      ends[partition] = Math.max(ends[partition]!, applied[partition]!);
      waiters.advanced(partition, applied[partition]!);
      await turn();
    }
    const [first] = behind();
    stop.abort(new Error('too long'));
    await turn();
    if (first === undefined) continue;
    const [partition, offset] = first;
    same(
      'who gives up learns how far it is',
      [outcome, metadata],
      [
        'READ_NOT_YET_APPLIED',
        { partition: String(partition), applied: String(applied[partition]! - 1), wanted: String(offset - 1) },
      ],
    );
  }
  const late = new AbortController();
  late.abort(new Error('over'));
  const of = (partition: number, offset: number) => ({
    token: { incarnation: INCARNATION, partitions: [partition], offsets: [BigInt(offset)] } as never,
    consistency: Consistency.UNSPECIFIED,
    partitions: new Set([partition]),
  });
  const go = (wish: Parameters<typeof passReadGate>[1]) => drill.errorOf(() => passReadGate(deps, wish, late.signal));
  same('what is applied is seen even by who is late', await go(of(0, applied[0]! - 1)), '');
  same('who is late does not wait', await go(of(0, applied[0]!)), 'READ_NOT_YET_APPLIED');
  const cut = { ...of(0, 0), token: { incarnation: INCARNATION, partitions: [0], offsets: [] } as never };
  same(
    'a token without an offset asks for the first record',
    await go(cut),
    applied[0]! > 0 ? '' : 'READ_NOT_YET_APPLIED',
  );
  applied[0]! += 1;
  const patient = new AbortController().signal;
  const first = drill.errorOf(() => passReadGate(deps, cut, patient));
  same('and is not left waiting', await first, '');
  const stop = new AbortController();
  const last = passReadGate(deps, of(0, applied[0]!), stop.signal);
  await turn();
  stop.abort(new Error('over'));
  applied[0]! += 1;
  same('what is applied at the last moment is seen', await drill.errorOf(() => last), '');
  const foreign = { ...of(0, 0), token: { incarnation: '0191a2b3c4d50001', partitions: [0], offsets: [0n] } as never };
  same('a token of another log is refused', await go(foreign), 'READ_TOKEN_OF_OTHER_LOG');
}
