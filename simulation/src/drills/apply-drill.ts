import { type ApplyLoopDeps, type PartitionRuntime, runApplyLoop } from '@isotherm/compute/internals';
import { encodeTick } from '@isotherm/records';
import { createHeardLogger } from '../engine/heard-logger.ts';
import type { Drill } from './drill.ts';

const PASSED_OVER = 'Record could not be applied';
const START_MS = Date.UTC(2026, 8, 1);

/** What a record does to whoever applies it. */
interface Sent {
  readonly partition: number;
  readonly offset: number;
  readonly kind: 'sound' | 'damaged' | 'unreadable' | 'poison' | 'wantsRoom';
  readonly stampMs: number;
  /** How often rows must be stored before it can be applied. */
  readonly room: number;
}

/** The apply loop over a log of every kind of record: all are applied or passed over, in order, once, until it is told to stop. */
export async function drillApplyLoop(drill: Drill): Promise<void> {
  await applyAll(drill);
  for (const moment of ['room', 'apply', 'broken'] as const) await stopAt(drill, moment);
}

function shardOf(drill: Drill, partitions: number) {
  const { scheduler, violations } = drill;
  const process = drill.spawn('shard');
  const { logger, heard } = createHeardLogger();
  const done: string[] = [];
  const told: string[] = [];
  const sent = new Map<string, Sent>();
  const waiting = new Map<string, number>();
  const queue: (readonly Sent[])[] = [];
  let polledAt = -1;
  let wake: (() => void) | undefined;
  const hooks = { room: () => undefined as unknown, apply: () => undefined as unknown };
  const runtimes = new Map(
    Array.from({ length: partitions }, (_, partition) => {
      const state = {
        appliedOffset: 0,
        logTimeMs: 7,
        apply(offset: number, record: { readonly stampMs: number }) {
          const what = sent.get(`${partition}/${offset}`)!;
          violations.expect(offset === state.appliedOffset, 'records are applied in order', () => `${offset}`);
          violations.expect(record.stampMs === what.stampMs, 'a record is applied as it is', () => `${offset}`);
          hooks.apply();
          if (what.kind === 'poison') throw new Error(`poison ${offset}`);
          const left = waiting.get(`${partition}/${offset}`) ?? what.room;
          if (left > 0) return false;
          done.push(`${partition}/${offset} applied`);
          state.appliedOffset = offset + 1;
          return true;
        },
        skip(offset: number, reason: string) {
          violations.expect(offset >= state.appliedOffset, 'what is applied is not passed over', () => `${offset}`);
          const kind = sent.get(`${partition}/${offset}`)!.kind;
          done.push(`${partition}/${offset} ${kind === 'unreadable' ? 'unreadable' : reason}`);
          state.appliedOffset = offset + 1;
        },
      };
      const trail = { unwritten: [], lastApplied: undefined, lastWritten: undefined };
      return [partition, { partition, state, trail, poisoned: 0 } as unknown as PartitionRuntime] as const;
    }),
  );
  const deps: ApplyLoopDeps = {
    runtimes,
    logger,
    runtime: process,
    reader: {
      async poll({ signal }: { readonly signal?: AbortSignal }) {
        violations.expect(scheduler.steps > polledAt, 'reads have a turn between two batches', () => `${polledAt}`);
        polledAt = scheduler.steps;
        while (queue.length === 0 && signal?.aborted !== true) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal?.addEventListener('abort', () => resolve(), { once: true });
          });
          polledAt = -1;
        }
        const batch = queue.shift() ?? [];
        const corruptions = batch
          .filter(({ kind }) => kind === 'damaged')
          .map(({ partition, offset }) => ({ partition, offset, reason: `damaged ${offset}` }));
        const entries = batch
          .filter(({ kind }) => kind !== 'damaged')
          .map(({ partition, offset, kind, stampMs }) => ({
            partition,
            offset,
            bytes: kind === 'unreadable' ? Uint8Array.of(1, 2, 3) : encodeTick({ stampMs }),
          }));
        return { entries, corruptions };
      },
    } as unknown as ApplyLoopDeps['reader'],
    async makeRoom(runtime) {
      await process.sleep(3);
      hooks.room();
      const key = `${runtime.partition}/${runtime.state.appliedOffset}`;
      waiting.set(key, (waiting.get(key) ?? sent.get(key)!.room) - 1);
    },
    applied({ partition, state }, stampMs) {
      told.push(`${partition}/${state.appliedOffset - 1} ${stampMs}`);
    },
  };
  return {
    deps,
    done,
    told,
    heard,
    hooks,
    process,
    runtimes,
    deliver(batch: readonly Sent[]) {
      for (const one of batch) sent.set(`${one.partition}/${one.offset}`, one);
      queue.push(batch);
      wake?.();
    },
  };
}

async function applyAll(drill: Drill): Promise<void> {
  const { prng, same, settled } = drill;
  const partitions = 1 + prng.below(3);
  const shard = shardOf(drill, partitions);
  const ends = Array.from({ length: partitions }, () => 0);
  const wanted: string[] = [];
  const told: string[] = [];
  const poisoned = ends.map(() => 0);
  const stop = new AbortController();
  let over = false;
  const run = runApplyLoop(shard.deps, stop.signal).then(() => {
    over = true;
  });
  let before: readonly Sent[] = [];
  for (let i = 0; i < 20; i++) {
    const isDamaged = prng.chance(0.2);
    const batch = Array.from({ length: 1 + prng.below(4) }, (): Sent => {
      const partition = prng.below(partitions);
      const offset = ends[partition]!++;
      const kind = isDamaged
        ? 'damaged'
        : prng.pick(['sound', 'sound', 'sound', 'unreadable', 'poison', 'wantsRoom'] as const);
      const stampMs = START_MS + i * 1_000 + offset;
      const isApplied = kind === 'sound' || kind === 'wantsRoom';
      if (!isApplied) poisoned[partition]! += 1;
      const reason = kind === 'unreadable' ? kind : `${kind} ${offset}`;
      wanted.push(`${partition}/${offset} ${isApplied ? 'applied' : reason}`);
      told.push(`${partition}/${offset} ${isApplied ? stampMs : 7}`);
      return { partition, offset, kind, stampMs, room: kind === 'wantsRoom' ? 1 + prng.below(3) : 0 };
    });
    shard.deliver(batch);
    // A reader that tells of something twice is believed once.
    if (prng.chance(0.2)) shard.deliver(before);
    before = batch;
    if (prng.chance(0.5)) await settled(shard.process.sleep(prng.below(30)));
  }
  await settled(shard.process.sleep(500));
  same('every record is applied or passed over, once', shard.done, wanted);
  same('each of them is told, with its stamp, or log time where it has none', shard.told, told);
  same(
    'what was passed over is counted, and said',
    [[...shard.runtimes.values()].map((runtime) => runtime.poisoned), shard.heard.get(PASSED_OVER) ?? 0],
    [poisoned, poisoned.reduce((a, b) => a + b, 0)],
  );
  same('the loop goes on', over, false);
  stop.abort(new Error('enough'));
  await settled(run);
  shard.deliver([{ partition: 0, offset: ends[0]!, kind: 'sound', stampMs: START_MS, room: 0 }]);
  await settled(shard.process.sleep(100));
  same('a loop that is stopped applies no more', shard.done, wanted);
}

/** The signal aborts in the middle of a batch: what is under way is finished or left, nothing more is begun, and nothing is passed over. */
async function stopAt(drill: Drill, moment: 'room' | 'apply' | 'broken'): Promise<void> {
  const { same, settled, prng } = drill;
  const shard = shardOf(drill, 1);
  const stop = new AbortController();
  const sound = prng.below(3);
  const end = () => stop.abort(new Error('enough'));
  let calls = 0;
  if (moment === 'apply') {
    shard.hooks.apply = () => {
      calls += 1;
      if (calls > sound) end();
    };
  } else {
    shard.hooks.room = () => {
      end();
      if (moment === 'broken') throw new Error('The write was given up');
    };
  }
  const record = (offset: number, room: number): Sent => {
    const kind = room > 0 ? 'wantsRoom' : 'sound';
    return { partition: 0, offset, kind, stampMs: START_MS + offset, room };
  };
  shard.deliver([
    ...Array.from({ length: sound }, (_, offset) => record(offset, 0)),
    record(sound, moment === 'apply' ? 0 : 5),
    record(sound + 1, 0),
  ]);
  await settled(runApplyLoop(shard.deps, stop.signal));
  const applied = moment === 'apply' ? sound + 1 : sound;
  const wanted = Array.from({ length: applied }, (_, offset) => `0/${offset} applied`);
  same('who is stopped begins nothing more', shard.done, wanted);
  same('and tells what was applied', shard.told.length, applied);
  same('nothing is passed over for it', shard.heard.get(PASSED_OVER) ?? 0, 0);
}
