import { create } from '@bufbuild/protobuf';
import { type LiveColumns, LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';
import type { Runtime, Timer } from '@isotherm/runtime';
import type { PartitionRuntime } from '../partition/partition-runtime.ts';
import { createLiveEncoder } from './live-columns.ts';

/** Somebody who watches. */
export interface LiveSubscriber {
  /** Cities wanted; undefined for all. */
  readonly cityIds: ReadonlySet<string> | undefined;
  /** Time between two messages at least, in ms. */
  readonly minIntervalMs: number;
  /** Takes a message. @returns false when no more should come until {@link LiveSubscription.resume}. */
  send(live: LiveColumns): boolean;
}

/** A watch under way. */
export interface LiveSubscription {
  /** The subscriber can take messages again. */
  resume(): void;
  /** Ends the watch. Idempotent. */
  end(): void;
}

/** Tells watchers what changed, coalesced to the newest value of each city. Without watchers it does nothing. */
export interface LiveHub {
  subscribe(subscriber: LiveSubscriber): LiveSubscription;
  readonly subscribers: number;
  close(): void;
}

/** How often changes are collected while somebody watches. */
const COLLECT_MS = 50;

/** Creates the hub of a shard. */
export function createLiveHub(runtimes: ReadonlyMap<number, PartitionRuntime>, runtime: Runtime): LiveHub {
  const watchers = new Set<Watcher>();
  let timer: Timer | undefined;

  function collect(): void {
    for (const partition of runtimes.values()) {
      const changed = partition.state.takeChanged();
      if (changed.length === 0) continue;
      for (const watcher of watchers) watcher.note(partition, changed);
    }
    const nowMs = runtime.now();
    for (const watcher of watchers) watcher.flush(nowMs);
  }

  return {
    get subscribers() {
      return watchers.size;
    },
    subscribe(subscriber) {
      const watcher = createWatcher(subscriber);
      for (const partition of runtimes.values()) watcher.note(partition, everySlot(partition));
      watchers.add(watcher);
      watcher.flush(runtime.now());
      timer ??= runtime.every(COLLECT_MS, collect);
      return {
        resume: () => watcher.resume(),
        end() {
          watchers.delete(watcher);
          if (watchers.size > 0) return;
          timer?.cancel();
          timer = undefined;
        },
      };
    },
    close() {
      watchers.clear();
      timer?.cancel();
      timer = undefined;
    },
  };
}

interface Watcher {
  note(runtime: PartitionRuntime, slots: Iterable<number>): void;
  flush(nowMs: number): void;
  resume(): void;
}

function createWatcher(subscriber: LiveSubscriber): Watcher {
  const encoder = createLiveEncoder();
  // At most one entry a city: a slow reader costs memory for its cities, not for their changes.
  const pending = new Map<PartitionRuntime, Set<number>>();
  let blocked = false;
  let started = false;
  let lastSentMs = Number.NEGATIVE_INFINITY;
  return {
    note(runtime, slots) {
      let set = pending.get(runtime);
      if (set === undefined) {
        set = new Set();
        pending.set(runtime, set);
      }
      for (const slot of slots) {
        if (subscriber.cityIds === undefined || subscriber.cityIds.has(runtime.state.cityIdOf(slot))) set.add(slot);
      }
    },
    flush(nowMs) {
      if (blocked || nowMs - lastSentMs < subscriber.minIntervalMs) return;
      for (const [runtime, slots] of pending) {
        encoder.add(runtime, slots);
        slots.clear();
      }
      // The first message is the snapshot, also where there is nothing yet: the subscriber knows that it listens.
      const live = encoder.take() ?? (started ? undefined : create(LiveColumnsSchema));
      if (live === undefined) return;
      started = true;
      lastSentMs = nowMs;
      blocked = !subscriber.send(live);
    },
    resume() {
      blocked = false;
    },
  };
}

function* everySlot({ state }: PartitionRuntime): Generator<number> {
  for (let slot = 0; slot < state.slotCount; slot++) if (state.cityIdOf(slot) !== '') yield slot;
}
