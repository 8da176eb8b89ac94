import type { Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { ControlCalls } from '../control-calls.ts';
import { createHandOffDriver, type FinishedMove } from '../hand-off-driver.ts';
import {
  isConflict,
  NO_OWNER,
  type PlacementRecord,
  type PlacementRecordStore,
  type RecordedShard,
} from '../placement-record.ts';
import { planTarget } from '../plan-target.ts';
import { createShardLiveness } from '../shard-liveness.ts';
import type { ShardReport } from '../shard-report.ts';
import { createMembers, type KnownMember, type Member } from './members.ts';

/** What the coordinator stands on. */
export interface CoordinatorDeps {
  readonly control: ControlCalls;
  readonly store: PlacementRecordStore;
  readonly logger: Logger;
  readonly runtime: Runtime;
}

/** Options of {@link createCoordinator}. */
export interface CoordinatorOptions {
  readonly partitionCount: number;
  /** Shards without which nothing is placed yet. Default 1. */
  readonly minShards?: number;
  /** Warm copies of each partition. Default 0. */
  readonly standbys?: number;
  /** A shard silent for so long loses its partitions, in ms. Default 15,000. */
  readonly failoverAfterMs?: number;
  /** Time between two rounds in ms. Default 250. */
  readonly intervalMs?: number;
  /** Time between two looks at whether loads are level, in ms; 0 for never. Default 60,000. */
  readonly balanceIntervalMs?: number;
}

/** A finished move and when. */
export interface RecordedMove extends FinishedMove {
  readonly finishedMs: number;
}

/** What the coordinator knows. */
export interface CoordinatorStatus {
  readonly record: PlacementRecord | undefined;
  readonly waiting: ReadonlyMap<number, string>;
  /** Newest first. */
  readonly moves: readonly RecordedMove[];
  readonly members: readonly KnownMember[];
  readonly reports: ReadonlyMap<string, ShardReport>;
  /** Why nothing moves; empty where it does. */
  readonly blockedReason: string;
}

/** The only writer of the placement where there is no Kubernetes. */
export interface Coordinator {
  /**
   * @returns the record that was published last, undefined before the first. Never one whose moves are under way: a shard
   * that took it for the truth would give back what it has just acquired.
   */
  register(member: Member): PlacementRecord | undefined;
  status(): CoordinatorStatus;
  /** @returns the epoch under which the move is recorded. */
  movePartition(partition: number, shard: string): Promise<number>;
  /** @returns how many partitions will move. */
  setDraining(shard: string, draining: boolean): Promise<number>;
  /** Levels the loads by the rates measured now. @returns how many partitions will move. */
  rebalance(): Promise<number>;
  /** Runs rounds until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const MOVES_KEPT = 100;
/** Members that do not register for so long are shown no more. */
const MEMBERS_KEPT_MS = 10 * 60_000;

/** Creates a coordinator; `run` starts it. */
export function createCoordinator(deps: CoordinatorDeps, options: CoordinatorOptions): Coordinator {
  const { control, store, logger, runtime } = deps;
  const {
    partitionCount,
    minShards = 1,
    standbys = 0,
    failoverAfterMs = 15_000,
    intervalMs = 250,
    balanceIntervalMs = 60_000,
  } = options;
  const members = createMembers();
  const liveness = createShardLiveness(failoverAfterMs);
  const draining = new Set<string>();
  const moves: RecordedMove[] = [];
  let record: PlacementRecord | undefined;
  let reports: ReadonlyMap<string, ShardReport> = new Map();
  let waiting: ReadonlyMap<number, string> = new Map();
  let blockedReason = '';
  let published: PlacementRecord | undefined;
  let publishedTo = new Map<string, number>();
  let lastBalanceMs = runtime.monotonicMs();
  /** Writes of the record happen one after the other. */
  let turn: Promise<unknown> = Promise.resolve();

  const driver = createHandOffDriver({
    control,
    store,
    logger,
    runtime,
    moved(move) {
      moves.unshift({ ...move, finishedMs: runtime.now() });
      moves.length = Math.min(moves.length, MOVES_KEPT);
    },
  });

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work, work);
    turn = result.catch(() => undefined);
    return result;
  }

  async function save(next: PlacementRecord): Promise<void> {
    await store.save(next, record);
    record = next;
  }

  /** Shards of the record, and those that registered: after a start of the coordinator the former come first. */
  function knownShards(): RecordedShard[] {
    const known = new Map((record?.shards ?? []).map((shard) => [shard.name, shard]));
    for (const { role, name, address, controlAddress } of members.all()) {
      if (role === 'compute') known.set(name, { name, address, controlAddress, draining: false });
    }
    return [...known.values()].map((shard) => ({ ...shard, draining: drains(shard.name) }));
  }

  function drains(shard: string): boolean {
    return draining.has(shard) || members.isLeaving(shard);
  }

  /** Shards that take part: known, and not given up. */
  function participants(nowMs: number): RecordedShard[] {
    const given = liveness.given(nowMs);
    return knownShards().filter(({ name }) => !given.has(name));
  }

  async function survey(): Promise<void> {
    const asked = knownShards();
    const surveyed = await driver.survey(asked);
    reports = surveyed.reports;
    const nowMs = runtime.monotonicMs();
    for (const { name } of asked) {
      const report = reports.get(name);
      if (report !== undefined) {
        liveness.answered(report, nowMs);
        continue;
      }
      liveness.silent(name, nowMs);
      // Nothing listens there any more. Where copies are warm a move costs little, so that nobody waits for it to come back.
      if (surveyed.refused.has(name) && (standbys > 0 || members.isLeaving(name))) liveness.gone(name);
    }
  }

  /** A network that is cut looks like shards that died: then nothing moves. */
  function tooManySilent(): string {
    const shards =
      record?.shards.filter(({ name }) => record!.owners.some((owner) => record!.shards[owner]?.name === name)) ?? [];
    const silent = shards.filter(({ name }) => !reports.has(name) && !members.isLeaving(name)).map(({ name }) => name);
    if (silent.length <= Math.max(1, Math.floor(shards.length / 3))) return '';
    return `${silent.length} of ${shards.length} shards do not answer (${silent.join(', ')}): nothing moves until most of them do`;
  }

  function rates(): number[] {
    const found = new Array<number>(partitionCount).fill(0);
    for (const { partitions } of reports.values()) {
      for (const { partition, phase, observationsPerSecond } of partitions.values()) {
        if (phase === 'owning') found[partition] = observationsPerSecond;
      }
    }
    return found;
  }

  async function retarget(byRates: boolean): Promise<number> {
    const shards = participants(runtime.monotonicMs());
    if (record === undefined && shards.length < minShards) {
      blockedReason = `${shards.length} of at least ${minShards} shards registered`;
      return 0;
    }
    const before = record;
    const next = planTarget(record, { shards, partitionCount, standbys, ...(byRates ? { rates: rates() } : {}) });
    if (next === undefined) return 0;
    await save(next);
    return next.targets.filter((target, partition) => nameAt(before, partition) !== next.shards[target]!.name).length;
  }

  /** @returns whether something moved: then the next round follows at once. */
  async function round(): Promise<boolean> {
    await survey();
    blockedReason = tooManySilent();
    if (blockedReason !== '') return false;
    const nowMs = runtime.monotonicMs();
    const balance = balanceIntervalMs > 0 && nowMs - lastBalanceMs >= balanceIntervalMs;
    if (balance) lastBalanceMs = nowMs;
    await retarget(balance);
    if (record === undefined) return false;
    const done = await driver.round(record, { reports, gone: liveness.given(nowMs) });
    record = done.record;
    waiting = done.waiting;
    for (const failure of done.failures)
      logger.warn({ failure, advice: 'It is tried again in the next round.' }, 'A hand-off step failed');
    await publish();
    return done.moves.length > 0;
  }

  /** Tells the table to everybody who does not have it yet. */
  async function publish(): Promise<void> {
    if (record === undefined) return;
    published = record;
    const { epoch } = record;
    const addresses = members
      .all()
      .filter(({ controlAddress }) => controlAddress !== '')
      .map(({ controlAddress, instanceId }) => ({ controlAddress, key: `${controlAddress} ${instanceId}` }));
    const due = addresses.filter(({ key }) => publishedTo.get(key) !== epoch);
    publishedTo = new Map(addresses.map(({ key }) => [key, epoch]));
    await driver.publish(
      record,
      due.map(({ controlAddress }) => controlAddress),
    );
  }

  function requireShard(shard: string): void {
    if (members.all().some(({ role, name }) => role === 'compute' && name === shard)) return;
    const names = members
      .all()
      .filter(({ role }) => role === 'compute')
      .map(({ name }) => name)
      .sort();
    throw new IsothermError({
      code: 'NOT_FOUND',
      id: 'UNKNOWN_SHARD',
      message: `There is no shard '${shard}'; there are ${names.length === 0 ? 'none yet' : names.join(', ')}.`,
    });
  }

  return {
    register(member) {
      members.register(member, runtime.monotonicMs());
      return published;
    },
    status: () => ({ record, waiting, moves, members: members.all(), reports, blockedReason }),
    movePartition: (partition, shard) =>
      inTurn(async () => {
        requireShard(shard);
        const target = record?.shards.findIndex(({ name }) => name === shard) ?? -1;
        if (record === undefined || target < 0 || !(partition >= 0 && partition < partitionCount)) {
          throw new IsothermError({
            code: 'INVALID_ARGUMENT',
            id: 'UNKNOWN_PARTITION',
            message: `Partition ${partition} cannot move to ${shard}: partitions are 0 to ${partitionCount - 1}, and the shard must be in the table.`,
          });
        }
        const targets = record.targets.with(partition, target);
        const copies = record.standbys.map((of, p) => (p === partition ? of.filter((index) => index !== target) : of));
        await save({ ...record, epoch: record.epoch + 1, targets, standbys: copies });
        return record.epoch;
      }),
    setDraining: (shard, value) =>
      inTurn(async () => {
        requireShard(shard);
        const others = participants(runtime.monotonicMs()).filter(
          ({ name, draining: drains }) => name !== shard && !drains,
        );
        if (value && others.length === 0) {
          throw new IsothermError({
            code: 'FAILED_PRECONDITION',
            id: 'LAST_SHARD',
            message: `${shard} is the last shard that takes partitions; it cannot drain.`,
            advice: 'Start another shard first.',
          });
        }
        if (value) draining.add(shard);
        else draining.delete(shard);
        return await retarget(false);
      }),
    rebalance: () => inTurn(() => retarget(true)),
    async run(signal) {
      record = await store.load();
      published = record;
      for (const shard of record?.shards ?? []) if (shard.draining) draining.add(shard.name);
      while (!signal.aborted) {
        let moved = false;
        try {
          moved = await inTurn(round);
        } catch (error) {
          if (isConflict(error)) record = await store.load();
          logger.error(
            { err: error, advice: 'The placement stands; the next round tries again.' },
            'A round of placement failed',
          );
        }
        members.dropSilent(runtime.monotonicMs(), MEMBERS_KEPT_MS);
        await runtime.sleep(moved ? 0 : intervalMs, signal);
      }
    },
  };
}

function nameAt(record: PlacementRecord | undefined, partition: number): string | undefined {
  return record?.shards[record.targets[partition] ?? NO_OWNER]?.name;
}
