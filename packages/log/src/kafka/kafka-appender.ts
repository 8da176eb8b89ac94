import type { Runtime, Timer } from '@isotherm/runtime';
import type { IsothermError } from '@isotherm/service-kit';
import { initProducerIdV5 } from '@platformatic/kafka';
import type { LogAppend, RecordOutcome } from '../log.ts';
import { logBusy, logFenced } from '../log-errors.ts';
import { AppendGroup, partsOf, settlePart } from './append-group.ts';
import { askAnyBroker } from './ask-any-broker.ts';
import { batchFailure } from './batch-failure.ts';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { logRecordTooLarge } from './kafka-errors.ts';
import { type BatchFailure, type LaneBatch, PartitionLane } from './partition-lane.ts';
import { type ProduceAnswer, produce } from './protocol/produce.ts';
import { batchBytes } from './protocol/record-batch.ts';
import type { TopicView } from './topic-view.ts';

/** A request holds more than one batch up to so many bytes. A broker closes the connection at 100 MiB. */
const REQUEST_BYTES = 16 << 20;
const NO_LEADER = 'the partition has no leader';
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 500;
/** How long a retry waits for news of who leads before it goes by what is known. */
const REFRESH_PATIENCE_MS = 1000;

/** What {@link createKafkaAppender} works with. */
export interface KafkaAppenderDeps {
  /** Its own: an append holds a connection until the followers have it. */
  readonly connections: BrokerConnections;
  readonly view: TopicView;
  readonly runtime: Runtime;
}

/** Options of {@link createKafkaAppender}. */
export interface KafkaAppenderOptions {
  readonly partitionCount: number;
  /** Batches under way per partition, and requests per broker. Kafka remembers five. */
  readonly depth: number;
  /** When a record that is not known to be kept is given up. */
  readonly deliveryTimeoutMs: number;
  /** How long a leader waits for its followers before it says so. */
  readonly replicationTimeoutMs: number;
  readonly maxPendingBytes: number;
  /** `max.message.bytes` of the topic. */
  readonly maxBatchBytes: number;
}

/** Appends groups to a topic. */
export interface KafkaAppender {
  /** Resolves when the outcome of every record is known. @throws LOG_BUSY, LOG_FENCED */
  append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]>;
  /** Resolves when what was taken is settled. Call it last. */
  close(): Promise<void>;
}

/** Creates an appender. It asks for its producer id when there is something to append. */
export function createKafkaAppender(deps: KafkaAppenderDeps, options: KafkaAppenderOptions): KafkaAppender {
  return new Appender(deps, options);
}

class Appender implements KafkaAppender {
  readonly #deps: KafkaAppenderDeps;
  readonly #options: KafkaAppenderOptions;
  readonly #lanes: readonly PartitionLane[];
  /** Lanes that may have a batch to send. */
  readonly #ready = new Set<PartitionLane>();
  readonly #requestsTo = new Map<number, number>();
  readonly #groups = new Set<AppendGroup>();
  #producerId: bigint | undefined;
  #identifying = false;
  #pendingBytes = 0;
  #pumping = false;
  #retry: Timer | undefined;
  #retryMs = FIRST_RETRY_MS;
  #fenced: IsothermError | undefined;

  constructor(deps: KafkaAppenderDeps, options: KafkaAppenderOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#lanes = Array.from(
      { length: options.partitionCount },
      (_, partition) => new PartitionLane(partition, options),
    );
    deps.view.onLost((error) => this.#fence(error));
  }

  async append(records: readonly LogAppend[]): Promise<readonly RecordOutcome[]> {
    if (this.#fenced !== undefined) throw this.#fenced;
    const { maxPendingBytes, maxBatchBytes, deliveryTimeoutMs } = this.#options;
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > maxPendingBytes) throw logBusy(maxPendingBytes);
    const group = new AppendGroup(records.length, bytes);
    const deadlineMs = this.#deps.runtime.monotonicMs() + deliveryTimeoutMs;
    this.#pendingBytes += bytes;
    this.#groups.add(group);
    for (const [partition, part] of partsOf(records, { group, deadlineMs })) {
      const lane = this.#lanes[partition]!;
      const partBytes = batchBytes(part.values);
      if (partBytes > maxBatchBytes) {
        settlePart(part, { kind: 'notKept', error: logRecordTooLarge(partition, partBytes, maxBatchBytes) });
      } else {
        lane.add(part);
        this.#ready.add(lane);
      }
    }
    this.#pumpSoon();
    const outcomes = await group.done;
    this.#groups.delete(group);
    this.#pendingBytes -= bytes;
    return outcomes;
  }

  async close(): Promise<void> {
    while (this.#groups.size > 0) await Promise.all([...this.#groups].map(({ done }) => done));
    this.#retry?.cancel();
  }

  #fence(error: IsothermError): void {
    this.#fenced ??= error;
    for (const lane of this.#lanes) lane.halt(error);
  }

  /** What is appended in one turn leaves in one request a broker. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(options?: { readonly retry: true }): void {
    const producerId = this.#producerId;
    if (producerId === undefined) {
      void this.#identify();
      return;
    }
    const nowMs = this.#deps.runtime.monotonicMs();
    const byLeader = new Map<BrokerAddress, LaneBatch[]>();
    for (const lane of this.#ready) {
      const leader = this.#deps.view.leaderOf(lane.partition);
      if (leader !== undefined && (this.#requestsTo.get(leader.nodeId) ?? 0) >= this.#options.depth) continue;
      this.#ready.delete(lane);
      if (lane.recovering && options?.retry !== true) {
        this.#retrySoon();
        continue;
      }
      const batch = lane.take(nowMs);
      if (lane.exhausted) {
        this.#fence(logFenced(new Error(`the epochs of producer ${producerId} are used up`)));
        return;
      }
      if (batch === undefined) continue;
      const batches = leader === undefined ? undefined : byLeader.get(leader);
      if (leader === undefined) this.#fail(batch, { kind: 'again', perhapsKept: false, reason: NO_LEADER });
      else if (batches === undefined) byLeader.set(leader, [batch]);
      else batches.push(batch);
    }
    for (const [leader, batches] of byLeader) {
      for (const some of splitByBytes(batches)) void this.#send(leader, some, producerId);
      for (const { lane } of batches) if (lane.hasWaiting) this.#ready.add(lane);
    }
    if (byLeader.size > 0 && this.#ready.size > 0) this.#pumpSoon();
  }

  /** Gets a producer id, which any broker gives out, each once; what waits for it too long is given up. */
  async #identify(): Promise<void> {
    if (this.#identifying) return;
    this.#identifying = true;
    const { connections, view, runtime } = this.#deps;
    while (this.#producerId === undefined && this.#groups.size > 0) {
      try {
        this.#producerId = await askAnyBroker(connections, {
          brokers: view.brokers,
          ask: async (connection) => (await initProducerIdV5.api.async(connection, null, 0, -1n, -1)).producerId,
          otherwise: 'No broker gives a producer id',
        });
      } catch (error) {
        const nowMs = runtime.monotonicMs();
        for (const lane of this.#lanes) lane.expire(nowMs, error instanceof Error ? error.message : String(error));
        await Promise.all([view.refresh().catch(() => undefined), runtime.sleep(LONGEST_RETRY_MS)]);
      }
    }
    this.#identifying = false;
    if (this.#producerId !== undefined) this.#pump();
  }

  async #send(leader: BrokerAddress, batches: readonly LaneBatch[], producerId: bigint): Promise<void> {
    const { nodeId } = leader;
    this.#requestsTo.set(nodeId, (this.#requestsTo.get(nodeId) ?? 0) + 1);
    try {
      await this.#attempt(leader, batches, producerId);
    } finally {
      this.#requestsTo.set(nodeId, this.#requestsTo.get(nodeId)! - 1);
      for (const { lane } of batches) this.#ready.add(lane);
      this.#pumpSoon();
    }
  }

  async #attempt(leader: BrokerAddress, batches: readonly LaneBatch[], producerId: bigint): Promise<void> {
    const failAll = (error: unknown, perhapsKept: boolean) => {
      const reason = error instanceof Error ? error.message : String(error);
      for (const batch of batches) this.#fail(batch, { kind: 'again', perhapsKept, reason });
    };
    const connection = await this.#deps.connections.to(leader).catch((error: unknown) => failAll(error, false));
    if (connection === undefined) return;
    const { replicationTimeoutMs: timeoutMs } = this.#options;
    const timestampMs = this.#deps.runtime.now();
    try {
      const answers = await produce(connection, {
        topicId: this.#deps.view.topicIdBytes,
        batches: batches.map(({ lane: { partition }, epoch, sequence, values }) => {
          return { partition, producerId, epoch, sequence, values };
        }),
        timestampMs,
        timeoutMs,
      });
      const answerOf = new Map(answers.map((answer) => [answer.partition, answer]));
      for (const batch of batches) this.#settle(batch, answerOf.get(batch.lane.partition), timestampMs);
    } catch (error) {
      failAll(error, true);
    }
  }

  #settle(batch: LaneBatch, answer: ProduceAnswer | undefined, timestampMs: number): void {
    if (answer?.errorCode !== 0) {
      this.#fail(batch, batchFailure(answer, { batch, maxBatchBytes: this.#options.maxBatchBytes }));
      return;
    }
    if (batch.lane.recovering) this.#retryMs = FIRST_RETRY_MS;
    batch.lane.kept(batch, answer.baseOffset, answer.appendMs < 0 ? timestampMs : answer.appendMs);
  }

  #fail(batch: LaneBatch, failure: BatchFailure): void {
    batch.lane.failed(batch, failure);
    this.#retrySoon();
  }

  #retrySoon(): void {
    this.#retry ??= this.#deps.runtime.after(this.#retryMs, () => void this.#retryAll());
  }

  /** Looks up who leads now, and sends again what failed. */
  async #retryAll(): Promise<void> {
    const { view, runtime } = this.#deps;
    this.#retryMs = Math.min(LONGEST_RETRY_MS, 2 * this.#retryMs);
    const refreshed = view.refresh().catch(() => undefined);
    await Promise.race([refreshed, runtime.sleep(REFRESH_PATIENCE_MS)]);
    this.#retry = undefined;
    const recovering = this.#lanes.filter((lane) => lane.recovering);
    for (const lane of recovering) this.#ready.add(lane);
    this.#pump({ retry: true });
  }
}

function* splitByBytes(batches: readonly LaneBatch[]): Generator<readonly LaneBatch[]> {
  let some: LaneBatch[] = [];
  let bytes = 0;
  for (const batch of batches) {
    const more = batchBytes(batch.values);
    if (some.length > 0 && bytes + more > REQUEST_BYTES) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(batch);
    bytes += more;
  }
  if (some.length > 0) yield some;
}
