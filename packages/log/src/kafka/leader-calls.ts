import type { Runtime } from '@isotherm/runtime';
import type { IsothermError } from '@isotherm/service-kit';
import { type Connection, deleteRecordsV2, listOffsetsV9 } from '@platformatic/kafka';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { logRefused, logUnavailable } from './kafka-errors.ts';
import { KafkaErrorCode, kafkaErrorName } from './protocol/error-codes.ts';
import { fetchRecords } from './protocol/fetch.ts';
import type { FetchedBatch, FetchedRecord } from './protocol/record-batch.ts';
import { responseOf } from './protocol/response-of.ts';
import type { TopicView } from './topic-view.ts';

const RETRY_MS = 100;
const DELETE_TIMEOUT_MS = 5000;
const EARLIEST = -2n;
const LATEST = -1n;
const ANY_REPLICA = -1;
const READ_MAX_BYTES = 64 << 20;

/** What the calls work with. */
export interface LeaderCallsDeps {
  /** Not the writer's, nor a reader's: both hold a connection while they wait. */
  readonly connections: BrokerConnections;
  readonly view: TopicView;
  readonly runtime: Runtime;
}

/** Calls about partitions, each answered by the partition's leader; repeated until they are, or time is up. */
export interface LeaderCalls {
  /** Where the partitions begin and end. Never from a fetch: its high watermark lags after an outage. */
  extents(partitions: Iterable<number>): Promise<ReadonlyMap<number, { readonly start: number; readonly end: number }>>;
  /** The record at an offset; undefined if there is none, or it cannot be read. */
  readAt(partition: number, offset: number): Promise<FetchedRecord | undefined>;
  /** Drops the records before these offsets. An offset past the end drops nothing. */
  deleteBefore(offsets: ReadonlyMap<number, number>): Promise<void>;
}

/** What a leader said of a partition; other error codes than those it names are tried again. */
interface LeaderAnswer<Value> {
  readonly partition: number;
  readonly errorCode: number;
  readonly value: Value;
}

type Ask<Value> = (connection: Connection, partitions: readonly number[]) => Promise<readonly LeaderAnswer<Value>[]>;

/** Creates the calls. They end with LOG_UNAVAILABLE after `timeoutMs`, and at once when the topic is lost. */
export function createLeaderCalls(deps: LeaderCallsDeps, options: { readonly timeoutMs: number }): LeaderCalls {
  const { connections, view, runtime } = deps;
  const { name } = view.topic;

  /** Asks the leader of each partition until all have answered. */
  async function askLeaders<Value>(partitions: Iterable<number>, ask: Ask<Value>): Promise<Map<number, Value>> {
    const answered = new Map<number, Value>();
    const left = new Set(partitions);
    const untilMs = runtime.monotonicMs() + options.timeoutMs;
    let trouble: unknown = 'there is no leader';
    let refused: IsothermError | undefined;
    while (left.size > 0) {
      const asked = byLeader(view, left).map(async ([leader, led]) => {
        try {
          for (const { partition, errorCode, value } of await ask(await connections.to(leader), led)) {
            if (isRefusal(errorCode)) refused = logRefused(partition, errorCode);
            else if (errorCode !== 0) trouble = kafkaErrorName(errorCode);
            else if (left.delete(partition)) answered.set(partition, value);
          }
        } catch (error) {
          trouble = error;
        }
      });
      await Promise.all(asked);
      if (refused !== undefined) throw refused;
      if (left.size === 0) break;
      if (runtime.monotonicMs() >= untilMs)
        throw logUnavailable(`Partition ${[...left][0]} of the log does not answer`, trouble);
      await runtime.sleep(RETRY_MS);
      await view.refresh().catch(() => undefined);
      if (view.lost !== undefined) throw view.lost;
    }
    return answered;
  }

  const listOffsets = (partitions: Iterable<number>, timestamp: bigint) =>
    askLeaders<number>(partitions, async (connection, led) => {
      const asked = led.map((partitionIndex) => {
        return { partitionIndex, currentLeaderEpoch: view.leaderEpochOf(partitionIndex), timestamp };
      });
      const call = listOffsetsV9.api.async(connection, ANY_REPLICA, 0, [{ name, partitions: asked }]);
      const { topics } = await responseOf(call);
      return topics.flatMap((topic) =>
        topic.partitions.map(({ partitionIndex, errorCode, offset }) => {
          return { partition: partitionIndex, errorCode, value: Number(offset) };
        }),
      );
    });

  async function extents(partitions: Iterable<number>) {
    const asked = [...partitions];
    // In this order: a trim between the two cannot put the start behind the end.
    const starts = await listOffsets(asked, EARLIEST);
    const ends = await listOffsets(asked, LATEST);
    return new Map(asked.map((partition) => [partition, { start: starts.get(partition)!, end: ends.get(partition)! }]));
  }

  async function fetchOne(partition: number, offset: number): Promise<readonly FetchedBatch[]> {
    const fetched = await askLeaders<readonly FetchedBatch[]>([partition], async (connection) => {
      const answers = await fetchRecords(connection, {
        topicId: view.topicIdBytes,
        positions: [{ partition, offset, leaderEpoch: view.leaderEpochOf(partition) }],
        maxWaitMs: 0,
        maxBytes: READ_MAX_BYTES,
        // The batch that holds the offset comes whole, whatever its size.
        partitionMaxBytes: 1,
      });
      return answers.map(({ errorCode, batches }) => {
        return { partition, errorCode: ifNot(KafkaErrorCode.offsetOutOfRange, errorCode), value: batches };
      });
    });
    return fetched.get(partition) ?? [];
  }

  return {
    extents,
    async readAt(partition, offset) {
      for (let untilMs = runtime.monotonicMs() + options.timeoutMs; ; await runtime.sleep(RETRY_MS)) {
        const batches = await fetchOne(partition, offset);
        const found = batches.flatMap(({ records }) => records).find((record) => record.offset === offset);
        if (found !== undefined || batches.some(({ unreadable }) => unreadable !== undefined)) return found;
        // A new leader gives out less than it has until it knows what its followers have.
        const { start, end } = (await extents([partition])).get(partition)!;
        if (offset < start || offset >= end) return undefined;
        if (runtime.monotonicMs() >= untilMs)
          throw logUnavailable(`Partition ${partition} of the log gives nothing out`);
      }
    },
    async deleteBefore(offsets) {
      await askLeaders<undefined>(offsets.keys(), async (connection, led) => {
        const asked = led.map((partitionIndex) => {
          return { partitionIndex, offset: BigInt(offsets.get(partitionIndex)!) };
        });
        const call = deleteRecordsV2.api.async(connection, [{ name, partitions: asked }], DELETE_TIMEOUT_MS);
        const { topics } = await responseOf(call);
        return topics.flatMap((topic) =>
          topic.partitions.map(({ partitionIndex, errorCode }) => {
            const code = ifNot(KafkaErrorCode.offsetOutOfRange, errorCode);
            return { partition: partitionIndex, errorCode: code, value: undefined };
          }),
        );
      });
    },
  };
}

/** The partitions by who leads them; those without a leader are left out. */
export function byLeader(
  view: TopicView,
  partitions: Iterable<number>,
): (readonly [BrokerAddress, readonly number[]])[] {
  const led = new Map<BrokerAddress, number[]>();
  for (const partition of partitions) {
    const leader = view.leaderOf(partition);
    if (leader === undefined) continue;
    const known = led.get(leader);
    if (known === undefined) led.set(leader, [partition]);
    else known.push(partition);
  }
  return [...led];
}

/** Whether a retry does not change the answer. */
export function isRefusal(errorCode: number): boolean {
  return (
    errorCode === KafkaErrorCode.topicAuthorizationFailed ||
    errorCode === KafkaErrorCode.clusterAuthorizationFailed ||
    errorCode === KafkaErrorCode.invalidTopic
  );
}

/** No error where it is the one expected. */
function ifNot(expected: number, errorCode: number): number {
  return errorCode === expected ? 0 : errorCode;
}
