import { getEventListeners } from 'node:events';
import { createOffsetWaiters } from '@isotherm/compute/internals';
import type { Drill } from './drill.ts';

interface Waiter {
  readonly partition: number;
  readonly offset: number;
  readonly stop: AbortController | undefined;
  /** How often it took its ear off its signal. */
  left: number;
  /** What must have come of it. */
  wanted: string;
  outcome: string;
}

/** Many who wait for offsets of some partitions: each goes on when its own is applied, or gives up, and leaves nothing behind. */
export async function drillWaiters({ prng, same }: Drill): Promise<void> {
  const applied = Array.from({ length: 1 + prng.below(3) }, () => prng.below(4));
  const waiters = createOffsetWaiters((partition) => applied[partition]!);
  const all: Waiter[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  function wait(): void {
    const partition = prng.below(applied.length);
    const offset = applied[partition]! - 1 + prng.below(6);
    const stop = prng.chance(0.8) ? new AbortController() : undefined;
    const isApplied = applied[partition]! >= offset;
    const isLate = prng.chance(0.1);
    if (isLate) stop?.abort('late');
    const wanted = isApplied ? 'applied' : isLate && stop !== undefined ? 'late' : '';
    const waiter: Waiter = { partition, offset, stop, left: 0, wanted, outcome: '' };
    all.push(waiter);
    const signal = stop?.signal;
    if (signal !== undefined) {
      const remove = signal.removeEventListener.bind(signal);
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        waiter.left += 1;
        remove(...args);
      };
    }
    waiters.wait(partition, offset, signal).then(
      () => {
        waiter.outcome += 'applied';
      },
      (reason: unknown) => {
        waiter.outcome += String(reason);
      },
    );
  }

  function check(): void {
    same(
      'who waits for an offset goes on when it is applied, and not before',
      all.map(({ outcome }) => outcome),
      all.map(({ wanted }) => wanted),
    );
    const listening = all.map(({ stop }) => (stop === undefined ? 0 : getEventListeners(stop.signal, 'abort').length));
    same(
      'who does not wait any more is not told of a signal',
      listening,
      all.map(({ stop, wanted }) => (stop !== undefined && wanted === '' ? 1 : 0)),
    );
    same('who does not wait any more is forgotten', all.filter(({ left }) => left > 1).length, 0);
  }

  for (let i = 0; i < 60; i++) {
    const kind = prng.below(10);
    const partition = prng.below(applied.length);
    if (kind < 5) wait();
    else if (kind < 8) {
      applied[partition]! += 1 + prng.below(2);
      waiters.advanced(partition, applied[partition]!);
      for (const waiter of all) {
        if (waiter.partition === partition && waiter.offset <= applied[partition]! && waiter.wanted === '')
          waiter.wanted = 'applied';
      }
    } else {
      const waiter = all[prng.below(all.length + 1)];
      if (waiter?.stop === undefined || waiter.stop.signal.aborted) continue;
      if (waiter.wanted === '') waiter.wanted = 'enough';
      waiter.stop.abort('enough');
    }
    await turn();
    check();
  }
}
