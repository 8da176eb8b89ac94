import type { Runtime } from '@isotherm/runtime';
import { asIsothermError, type Logger } from '@isotherm/service-kit';
import type { ControlCalls } from './control-calls.ts';
import {
  isConverged,
  type PlacementRecord,
  type PlacementRecordStore,
  type RecordedShard,
} from './placement-record.ts';
import { type HandOffStep, type OwnershipView, planSteps } from './plan-steps.ts';
import type { ShardReport } from './shard-report.ts';

/** What the driver stands on. */
export interface HandOffDriverDeps {
  readonly control: ControlCalls;
  readonly store: PlacementRecordStore;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Told after each partition that has changed hands, with how long nobody owned it. Default does nothing. */
  readonly moved?: (move: FinishedMove) => void;
}

/** A partition that has changed hands. */
export interface FinishedMove {
  readonly partition: number;
  /** Undefined where nobody owned it. */
  readonly from: string | undefined;
  readonly to: string;
  /** From the call of Release, or of Acquire where there was nothing to release, to the answer of Acquire. */
  readonly pauseMs: number;
}

/** Options of {@link createHandOffDriver}. */
export interface HandOffDriverOptions {
  /**
   * Partitions that one shard hands to another in one round, at the same time: the table is recorded after each round, so
   * that reads find them. What nobody owns is acquired all at once. Default 4.
   */
  readonly maxConcurrentMoves?: number;
  /** Time for a call that answers at once, in ms. Default 2,000. */
  readonly callTimeoutMs?: number;
  /** Time for Release with its last checkpoint, in ms. Default 10,000. */
  readonly releaseTimeoutMs?: number;
  /** Time for Acquire, in ms: the gainer goes on after it, and a later round sees the result. Default 5,000. */
  readonly acquireTimeoutMs?: number;
}

/** What a round of the driver came to. */
export interface HandOffRound {
  readonly record: PlacementRecord;
  readonly converged: boolean;
  /** What holds the rest up, by partition. */
  readonly waiting: ReadonlyMap<number, string>;
  readonly moves: readonly FinishedMove[];
  /** Calls that failed, as sentences. */
  readonly failures: readonly string[];
}

/** What shards answered. */
export interface Survey {
  /** By name; silent ones are missing. */
  readonly reports: ReadonlyMap<string, ShardReport>;
  /** Silent ones at whose address nothing listens: their processes have ended. */
  readonly refused: ReadonlySet<string>;
}

/** Brings partitions to where the record says they shall be. */
export interface HandOffDriver {
  /** Asks shards what they hold. */
  survey(shards: readonly RecordedShard[]): Promise<Survey>;
  /** Does what can be done now for every partition, and records and publishes who owns what afterwards. */
  round(record: PlacementRecord, known: Pick<OwnershipView, 'reports' | 'gone'>): Promise<HandOffRound>;
  /** Tells everybody the table; whoever does not answer is told at the next change. */
  publish(record: PlacementRecord, addresses: Iterable<string>): Promise<void>;
}

/** Creates a driver. One driver at a time may write a record: its store refuses the others. */
export function createHandOffDriver(deps: HandOffDriverDeps, options: HandOffDriverOptions = {}): HandOffDriver {
  const { control, store, logger, runtime } = deps;
  const {
    maxConcurrentMoves = 4,
    callTimeoutMs = 2_000,
    releaseTimeoutMs = 10_000,
    acquireTimeoutMs = 5_000,
  } = options;

  async function move(
    record: PlacementRecord,
    step: Extract<HandOffStep, { kind: 'handOff' | 'acquire' }>,
  ): Promise<FinishedMove | string> {
    const { partition, to } = step;
    const gainer = shardOf(record, to);
    const startedMs = runtime.monotonicMs();
    let releaseOffset: number | undefined;
    if (step.kind === 'handOff') {
      const call = { epoch: record.epoch, partitions: [partition] };
      releaseOffset = (await control.release(shardOf(record, step.from), call, { timeoutMs: releaseTimeoutMs })).get(
        partition,
      );
    }
    const call = { epoch: record.epoch, partitions: [{ partition, releaseOffset }] };
    const [outcome] = await control.acquire(gainer, call, { timeoutMs: acquireTimeoutMs });
    if (outcome?.owned !== true)
      return `${to} could not acquire partition ${partition}: ${outcome?.reason ?? 'it did not say why'}`;
    return {
      partition,
      from: step.kind === 'handOff' ? step.from : undefined,
      to,
      pauseMs: runtime.monotonicMs() - startedMs,
    };
  }

  async function eachShard(
    record: PlacementRecord,
    steps: readonly { readonly partition: number; readonly shard: string }[],
    call: (shard: RecordedShard, partitions: number[]) => Promise<unknown>,
  ): Promise<string[]> {
    const byShard = Map.groupBy(steps, ({ shard }) => shard);
    const failures = await Promise.all(
      [...byShard].map(async ([shard, of]) => {
        try {
          await call(
            shardOf(record, shard),
            of.map(({ partition }) => partition),
          );
          return [];
        } catch (error) {
          return [sentence(error)];
        }
      }),
    );
    return failures.flat();
  }

  async function moveAll(record: PlacementRecord, steps: readonly HandOffStep[]) {
    const handOffs = steps.filter((step) => step.kind === 'handOff').slice(0, maxConcurrentMoves);
    const due = [...steps.filter((step) => step.kind === 'acquire'), ...handOffs];
    const moves: FinishedMove[] = [];
    const failures: string[] = [];
    const take = async (step: (typeof due)[number]) => {
      try {
        const result = await move(record, step);
        if (typeof result === 'string') failures.push(result);
        else moves.push(result);
      } catch (error) {
        failures.push(sentence(error));
      }
    };
    await Promise.all(due.map(take));
    return { moves, failures };
  }

  async function publish(record: PlacementRecord, addresses: Iterable<string>): Promise<void> {
    const told = [...new Set(addresses)].map((address) =>
      control.setPlacement(address, record, { timeoutMs: callTimeoutMs }),
    );
    for (const result of await Promise.allSettled(told)) {
      if (result.status === 'rejected') logger.debug({ err: result.reason }, 'A placement table did not arrive');
    }
  }

  return {
    publish,
    async survey(shards) {
      const answers = await Promise.allSettled(
        shards.map((shard) => control.getOwnership(shard, { timeoutMs: callTimeoutMs })),
      );
      const reports = new Map<string, ShardReport>();
      const refused = new Set<string>();
      answers.forEach((answer, index) => {
        const { name } = shards[index]!;
        if (answer.status === 'fulfilled') reports.set(name, answer.value);
        else if (/ECONNREFUSED/.test(sentence(answer.reason))) refused.add(name);
      });
      return { reports, refused };
    },
    async round(record, known) {
      const steps = planSteps({ record, ...known });
      const of = <Kind extends HandOffStep['kind']>(kind: Kind) =>
        steps.filter((step): step is Extract<HandOffStep, { kind: Kind }> => step.kind === kind);
      const followed = await eachShard(record, of('follow'), (shard, partitions) =>
        control.follow(shard, { epoch: record.epoch, partitions }, { timeoutMs: callTimeoutMs }),
      );
      const { moves, failures } = await moveAll(record, steps);
      const released = await eachShard(record, of('release'), (shard, partitions) =>
        control.release(shard, { epoch: record.epoch, partitions }, { timeoutMs: releaseTimeoutMs }),
      );
      const owned = [...moves.map(({ partition, to }) => ({ partition, owner: to })), ...of('confirm')];
      const next = withOwners(record, owned);
      if (next !== record) await store.save(next, record);
      for (const finished of moves) {
        deps.moved?.(finished);
        logger.info({ ...finished, epoch: next.epoch }, 'Partition changed hands');
      }
      return {
        record: next,
        converged: isConverged(next),
        waiting: new Map(of('wait').map(({ partition, reason }) => [partition, reason])),
        moves,
        failures: [...followed, ...failures, ...released],
      };
    },
  };
}

function withOwners(
  record: PlacementRecord,
  owned: readonly { readonly partition: number; readonly owner: string }[],
): PlacementRecord {
  if (owned.length === 0) return record;
  const owners = [...record.owners];
  for (const { partition, owner } of owned) owners[partition] = record.shards.findIndex(({ name }) => name === owner);
  return { ...record, epoch: record.epoch + 1, owners };
}

function shardOf(record: PlacementRecord, name: string): RecordedShard {
  const shard = record.shards.find((candidate) => candidate.name === name);
  if (shard === undefined) throw new Error(`The placement record has no shard ${name}`);
  return shard;
}

function sentence(error: unknown): string {
  return asIsothermError(error).message;
}
