import { create } from '@bufbuild/protobuf';
import { type LiveColumns, LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';
import type { Runtime, Timer } from '@isotherm/runtime';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { PartitionTable } from '../partition/partition-table.ts';
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

/** Creates the hub over the partitions that a shard owns; those that come are new to every watcher. */
export function createLiveHub(table: PartitionTable, runtime: Runtime): LiveHub {
  const watchers = new Set<Watcher>();
  let known = new Set<HeldPartition>();
  let timer: Timer | undefined;

  function collect(): void {
    const owned = table.inPhase('owning');
    for (const held of owned) {
      const changed = held.state.takeChanged();
      if (!known.has(held)) {
        for (const watcher of watchers) watcher.note(held, everySlot(held));
      } else if (changed.length > 0) {
        for (const watcher of watchers) watcher.note(held, changed);
      }
    }
    known = new Set(owned);
    const nowMs = runtime.now();
    for (const watcher of watchers) watcher.flush(nowMs);
  }

  return {
    get subscribers() {
      return watchers.size;
    },
    subscribe(subscriber) {
      const watcher = createWatcher(subscriber);
      const owned = table.inPhase('owning');
      if (watchers.size === 0) known = new Set(owned);
      for (const held of owned) watcher.note(held, everySlot(held));
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
  note(held: HeldPartition, slots: Iterable<number>): void;
  flush(nowMs: number): void;
  resume(): void;
}

function createWatcher(subscriber: LiveSubscriber): Watcher {
  const encoder = createLiveEncoder();
  // At most one entry a city: a slow reader costs memory for its cities, not for their changes.
  const pending = new Map<HeldPartition, Set<number>>();
  let blocked = false;
  let started = false;
  let lastSentMs = Number.NEGATIVE_INFINITY;
  return {
    note(held, slots) {
      let set = pending.get(held);
      if (set === undefined) {
        set = new Set();
        pending.set(held, set);
      }
      for (const slot of slots) {
        if (subscriber.cityIds === undefined || subscriber.cityIds.has(held.state.cityIdOf(slot))) set.add(slot);
      }
    },
    flush(nowMs) {
      if (blocked || nowMs - lastSentMs < subscriber.minIntervalMs) return;
      for (const [held, slots] of pending) {
        // What changed before a partition left is true, and its new owner says it too.
        if (held.phase === 'owning') encoder.add(held, slots);
        else pending.delete(held);
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

function* everySlot({ state }: HeldPartition): Generator<number> {
  for (let slot = 0; slot < state.slotCount; slot++) if (state.cityIdOf(slot) !== '') yield slot;
}
