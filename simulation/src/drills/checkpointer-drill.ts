import { createCheckpointer, type PartitionRuntime } from '@isotherm/compute/internals';
import { IsothermError } from '@isotherm/service-kit';
import { createHeardLogger } from '../engine/heard-logger.ts';
import type { Drill } from './drill.ts';

const INCARNATION = '0191a2b3c4d50021';
const NOT_WRITTEN = 'Checkpoint could not be written';
/** As documented: deltas of so many bytes are never a reason to write everything. */
const SMALL_BYTES = 65_536;

/** What must be known of a partition's checkpoints, by the definitions of `PartitionRuntime`. */
type Known = Pick<
  PartitionRuntime,
  | 'sinkCursor'
  | 'checkpointOffset'
  | 'checkpointFloor'
  | 'fallbackFloor'
  | 'needsFullSegment'
  | 'segments'
  | 'deltaBytes'
>;

/** A stand-in for a partition whose state grows by as much as the drill likes. */
interface Source {
  readonly runtime: PartitionRuntime;
  readonly known: Known;
  applied: number;
  fullBytes: number;
  committing: boolean;
}

const pick = ({ runtime }: Source): Known => {
  const { sinkCursor, checkpointOffset, checkpointFloor, fallbackFloor, needsFullSegment, segments, deltaBytes } =
    runtime;
  return { sinkCursor, checkpointOffset, checkpointFloor, fallbackFloor, needsFullSegment, segments, deltaBytes };
};

/** The checkpointer over a store that fails, and over partitions that change meanwhile: what it writes, when, and what it knows afterwards. */
export async function drillCheckpointer(drill: Drill): Promise<void> {
  const { prng, same, settled, scheduler, violations } = drill;
  const process = drill.spawn('shard');
  const { logger, heard } = createHeardLogger();
  const concurrency = 1 + prng.below(3);
  const maxSegments = 3 + prng.below(4);
  const intervalMs = 1_000;
  const count = prng.pick([1, 2, 5, 8]);
  const sources = Array.from({ length: count }, (_, partition) => newSource(partition));
  const runtimes = new Map(sources.map((source, partition) => [partition, source.runtime]));
  const commits: number[] = [];
  const lost: number[] = [];
  let [inFlight, most, failures] = [0, 0, 0];
  let failing = 0;
  let commitMs = 5;
  let onCommit: () => void = () => undefined;

  function newSource(partition: number): Source {
    const known: Known = {
      sinkCursor: prng.below(5),
      checkpointOffset: 0,
      checkpointFloor: 0,
      fallbackFloor: 0,
      needsFullSegment: prng.chance(0.5),
      segments: 1 + prng.below(2),
      deltaBytes: 0,
    };
    let kindOfExtra = '';
    const state = {
      get appliedOffset() {
        return source.applied;
      },
      get fullSegmentBytes() {
        return source.fullBytes;
      },
      takeSegment(kind: string, extra: Uint8Array) {
        same('a segment holds the forecasts of its kind', [kindOfExtra, [...extra]], [kind, [partition]]);
        return Object.assign(new Uint8Array(drawLength()), { kind });
      },
    };
    const forecaster = {
      takeState(kind: string) {
        kindOfExtra = kind;
        return Uint8Array.of(partition);
      },
    };
    const runtime = { partition, state, forecaster, claim: { partition, term: 1, owner: 'x' }, ...known };
    const source: Source = {
      runtime: runtime as unknown as PartitionRuntime,
      known,
      applied: prng.below(2),
      fullBytes: prng.pick([0, 40_000, SMALL_BYTES, SMALL_BYTES + 1, 70_000, 100_000]),
      committing: false,
    };
    /** Often just below, at or above what makes the next one a full one. */
    function drawLength(): number {
      const left = Math.max(source.fullBytes, SMALL_BYTES) - known.deltaBytes;
      return Math.max(1, prng.pick([left - 1, left, left, left + 1, 20, 40_000, Math.floor(left / 2)]));
    }
    return source;
  }

  const checkpoints = {
    async commit(claim: { readonly partition: number }, update: Record<string, unknown>) {
      const source = sources[claim.partition]!;
      const { known, applied: offset } = source;
      const { sinkCursor } = known;
      violations.expect(!source.committing, 'one checkpoint of a partition at a time', () => `${claim.partition}`);
      source.committing = true;
      commits.push(scheduler.nowMs);
      inFlight += 1;
      most = Math.max(most, inFlight);
      const isFull =
        known.needsFullSegment ||
        known.segments >= maxSegments ||
        known.deltaBytes > Math.max(source.fullBytes, SMALL_BYTES);
      const kind = isFull ? 'full' : 'delta';
      const segment = update['segment'] as { readonly kind: string; readonly length: number };
      same(
        'everything is written when deltas outgrow it, or when something is missing',
        [update['kind'], segment.kind, update['offset'], update['sinkCursor'], update['incarnation'], claim],
        [kind, kind, offset, sinkCursor, INCARNATION, { partition: claim.partition, term: 1, owner: 'x' }],
      );
      const fate = prng.float();
      onCommit();
      // Meanwhile records are applied and stored.
      source.applied += prng.below(3);
      source.runtime.sinkCursor = known.sinkCursor += prng.below(4);
      await process.sleep(commitMs);
      source.committing = false;
      inFlight -= 1;
      known.needsFullSegment = true;
      if (fate < failing) {
        failures += 1;
        throw new Error('away');
      }
      if (fate < failing * 1.5) {
        lost.push(claim.partition);
        throw new IsothermError({ code: 'FAILED_PRECONDITION', id: 'CLAIM_LOST', message: 'x', advice: 'y' });
      }
      if (fate < failing * 2) {
        failures += 1;
        throw new IsothermError({ code: 'UNAVAILABLE', id: 'OTHER', message: 'x', advice: 'y' });
      }
      known.fallbackFloor = known.checkpointFloor;
      known.checkpointFloor = Math.min(offset, sinkCursor);
      known.checkpointOffset = offset;
      known.needsFullSegment = false;
      known.deltaBytes = isFull ? 0 : known.deltaBytes + segment.length;
      known.segments = isFull ? 1 : known.segments + 1;
      return { segments: known.segments, bytes: 0 };
    },
  };
  const told: number[] = [];
  const checkpointer = createCheckpointer(
    {
      checkpoints: checkpoints as never,
      incarnation: INCARNATION,
      runtimes,
      logger,
      runtime: process,
      claimLost: (partition, error) => {
        same('a lost claim is told as it is', error.id, 'CLAIM_LOST');
        told.push(partition);
      },
    },
    { intervalMs, concurrency, maxSegments },
  );

  async function round(signal?: AbortSignal): Promise<number> {
    const before = commits.length;
    await settled(checkpointer.round(signal));
    same('a round is over when its checkpoints are', inFlight, 0);
    same('what is known of checkpoints', sources.map(pick), known());
    same('lost claims are told, other failures logged', [told, heard.get(NOT_WRITTEN) ?? 0], [lost, failures]);
    return commits.length - before;
  }
  const known = () => sources.map((source) => source.known);
  const changed = () => sources.filter((source) => source.applied !== source.known.checkpointOffset).length;

  for (let i = 0; i < 14; i++) {
    failing = prng.pick([0, 0, 0, 0.1, 0.4]);
    for (const source of sources) {
      if (prng.chance(0.7)) source.applied += prng.below(3);
      if (prng.chance(0.2)) source.fullBytes = prng.pick([0, SMALL_BYTES, 90_000, 150_000]);
    }
    const due = changed();
    same('a round writes what changed', await round(), due);
  }
  failing = 0;
  for (const source of sources) source.applied += 1;
  const stop = new AbortController();
  stop.abort();
  same('a round that is late begins nothing', await round(stop.signal), 0);
  const middle = new AbortController();
  onCommit = () => middle.abort();
  same('what is begun is finished, and nothing more is begun', await round(middle.signal), 1);
  onCommit = () => undefined;
  most = 0;
  for (const source of sources) source.applied += 1;
  await round();
  same('so many are written at a time', most, Math.min(concurrency, count));
  await drillRun();

  /** By itself: a round an interval after the one before, however long that one took. */
  async function drillRun(): Promise<void> {
    const end = new AbortController();
    commitMs = intervalMs * 2;
    const onlyOne = sources[0]!;
    for (const source of sources) source.applied = source.known.checkpointOffset;
    let over = false;
    const from = commits.length;
    const beganMs = scheduler.nowMs;
    const run = checkpointer.run(end.signal).then(() => {
      over = true;
    });
    for (let i = 0; i < 100; i++) {
      onlyOne.applied += 1;
      await settled(process.sleep(100));
    }
    const at = commits.slice(from).map((ms) => Math.round(ms - beganMs));
    same(
      'rounds follow one another',
      at,
      [1, 4, 7, 10].slice(0, at.length).map((n) => n * intervalMs),
    );
    violations.expect(at.length >= 3, 'rounds go on', () => `${at}`);
    onlyOne.applied += 1;
    await settled(process.sleep(intervalMs * 2));
    const before = commits.length;
    end.abort();
    await settled(run);
    onlyOne.applied += 1;
    await settled(process.sleep(intervalMs * 4));
    same('a checkpointer that is stopped writes no more', [over, commits.length], [true, before]);
  }
}
