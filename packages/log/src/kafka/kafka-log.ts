import type { Runtime } from '@isotherm/runtime';
import { checkGroup, checkPartition } from '../check-group.ts';
import type { Log, LogAppend, LogEntry, LogReader, PartitionExtent, RecordOutcome } from '../log.ts';
import { logClosed, logMisuse } from '../log-errors.ts';
import type { BrokerConnections } from './broker-connections.ts';
import type { ClusterObject } from './cluster-object.ts';
import { createKafkaAppender, type KafkaAppender, type KafkaAppenderOptions } from './kafka-appender.ts';
import { createKafkaReader } from './kafka-reader.ts';
import type { LeaderCalls } from './leader-calls.ts';
import type { TopicView } from './topic-view.ts';

/** What {@link createKafkaLog} is put together from. The log closes the connections. */
export interface KafkaLogParts {
  readonly cluster: ClusterObject;
  readonly view: TopicView;
  readonly calls: LeaderCalls;
  readonly runtime: Runtime;
  readonly appending: Omit<KafkaAppenderOptions, 'partitionCount'>;
  /** Those of the look-ups. */
  readonly connections: BrokerConnections;
  readonly newConnections: () => BrokerConnections;
}

/** A log on Kafka. */
export function createKafkaLog(parts: KafkaLogParts): Log {
  return new KafkaLog(parts);
}

class KafkaLog implements Log {
  readonly incarnation: string;
  readonly partitionCount: number;
  readonly settings: Uint8Array;
  readonly #parts: KafkaLogParts;
  readonly #appendConnections: BrokerConnections;
  readonly #appender: KafkaAppender;
  readonly #readers = new Set<LogReader>();
  #closing: Promise<void> | undefined;

  constructor(parts: KafkaLogParts) {
    const { incarnation, partitionCount, settings } = parts.cluster;
    this.incarnation = incarnation;
    this.partitionCount = partitionCount;
    this.settings = settings;
    this.#parts = parts;
    this.#appendConnections = parts.newConnections();
    const { view, runtime, appending } = parts;
    const deps = { connections: this.#appendConnections, view, runtime };
    this.#appender = createKafkaAppender(deps, { ...appending, partitionCount });
  }

  async append(group: readonly LogAppend[]): Promise<readonly RecordOutcome[]> {
    this.#checkOpen();
    checkGroup(group, this.partitionCount);
    return this.#appender.append(group);
  }

  async extents(partitions: Iterable<number>): Promise<ReadonlyMap<number, PartitionExtent>> {
    this.#checkOpen();
    const asked = new Set(partitions);
    for (const partition of asked) checkPartition(partition, this.partitionCount);
    const extents = await this.#parts.calls.extents(asked);
    return new Map([...extents].map(([partition, extent]) => [partition, { ...extent, weight: undefined }]));
  }

  async openReader(positions: ReadonlyMap<number, number> = new Map()): Promise<LogReader> {
    this.#checkOpen();
    const { view, calls, runtime, newConnections } = this.#parts;
    const reader = createKafkaReader(
      { view, calls, runtime, connections: newConnections() },
      { partitionCount: this.partitionCount, onClose: (closed) => this.#readers.delete(closed) },
    );
    this.#readers.add(reader);
    try {
      await reader.assign(positions);
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  async readAt(partition: number, offset: number): Promise<LogEntry | undefined> {
    this.#checkOpen();
    checkPartition(partition, this.partitionCount);
    if (!Number.isInteger(offset) || offset < 0) throw logMisuse(`Offset ${offset} is not a whole number from 0`);
    const record = await this.#parts.calls.readAt(partition, offset);
    return record && { partition, offset, bytes: new Uint8Array(record.bytes), appendMs: record.appendMs };
  }

  async trim(keepFrom: ReadonlyMap<number, number>): Promise<void> {
    this.#checkOpen();
    for (const partition of keepFrom.keys()) checkPartition(partition, this.partitionCount);
    await this.#parts.calls.deleteBefore(keepFrom);
  }

  /** Unknown: brokers drop whole segments, some minutes after a trim, and say how much they use in their own metrics. */
  async sizeBytes(): Promise<number> {
    this.#checkOpen();
    return 0;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#appender.close();
    for (const reader of this.#readers) await reader.close();
    await this.#appendConnections.close();
    await this.#parts.connections.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw logClosed('log');
  }
}
