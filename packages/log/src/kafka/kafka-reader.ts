import type { Runtime } from '@isotherm/runtime';
import { IsothermError } from '@isotherm/service-kit';
import { checkPositions } from '../check-group.ts';
import type { HaltedPartition, LogBatch, LogCorruption, LogEntry, LogReader, PollOptions } from '../log.ts';
import { logBeyondEnd, logClosed, logMisuse, logTruncated } from '../log-errors.ts';
import { createRecordArena, type RecordArena } from '../record-arena.ts';
import { AssignedPartition } from './assigned-partition.ts';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import { logRefused } from './kafka-errors.ts';
import { byLeader, isRefusal, type LeaderCalls } from './leader-calls.ts';
import { KafkaErrorCode } from './protocol/error-codes.ts';
import { type FetchAnswer, fetchRecords } from './protocol/fetch.ts';
import type { TopicView } from './topic-view.ts';

/** How long a broker holds a fetch that finds nothing: a partition assigned meanwhile waits as long. */
const FETCH_WAIT_MS = 100;
const FETCH_BYTES = 8 << 20;
const PARTITION_BYTES = 1 << 20;
/** Of a partition that has so much fetched ahead, no more is fetched. */
const AHEAD_BYTES = 1 << 20;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 500;
/** How long a poll whose time is up waits for the look at the log that is under way. */
const LOOK_PATIENCE_MS = 3000;
/** After which a position past the end is looked at again before it is believed. */
const CONFIRM_MS = 1000;

/** What {@link createKafkaReader} works with. */
export interface KafkaReaderDeps {
  /** Its own: a fetch holds a connection while it waits. The reader closes them. */
  readonly connections: BrokerConnections;
  readonly view: TopicView;
  readonly calls: LeaderCalls;
  readonly runtime: Runtime;
}

/** Options of {@link createKafkaReader}. */
export interface KafkaReaderOptions {
  readonly partitionCount: number;
  readonly onClose: (reader: LogReader) => void;
}

/** Creates a reader of no partitions. It fetches only while it is polled, and one fetch ahead. */
export function createKafkaReader(deps: KafkaReaderDeps, options: KafkaReaderOptions): LogReader {
  return new Reader(deps, options);
}

class Reader implements LogReader {
  readonly #deps: KafkaReaderDeps;
  readonly #options: KafkaReaderOptions;
  readonly #assigned = new Map<number, AssignedPartition>();
  readonly #arena: RecordArena = createRecordArena();
  /** Brokers that have a fetch of this reader, or are given a rest after a failure. */
  readonly #busy = new Set<number>();
  /** The poll in which the last fetch that a broker answered began. */
  readonly #looked = new Map<number, number>();
  readonly #forgetLost: () => void;
  #turn = 0;
  #poll = 0;
  #retryMs = FIRST_RETRY_MS;
  #wake: (() => void) | undefined;
  #polling = false;
  #closed = false;

  constructor(deps: KafkaReaderDeps, options: KafkaReaderOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#forgetLost = deps.view.onLost((error) => this.#haltAll(error));
  }

  async assign(positions: ReadonlyMap<number, number>): Promise<void> {
    if (this.#closed) throw logClosed('reader');
    if (this.#deps.view.lost !== undefined) throw this.#deps.view.lost;
    const isAssigned = (partition: number) => this.#assigned.has(partition);
    checkPositions(positions, this.#options.partitionCount, isAssigned);
    const extents = await this.#deps.calls.extents(positions.keys());
    for (const [partition, offset] of positions) {
      const { start, end } = extents.get(partition)!;
      if (offset < start) throw logTruncated(partition, offset, start);
      if (offset > end) throw logBeyondEnd(partition, offset, end);
    }
    if (this.#closed) throw logClosed('reader');
    // Once more: others may have been assigned meanwhile.
    checkPositions(positions, this.#options.partitionCount, isAssigned);
    for (const [partition, offset] of positions) {
      this.#assigned.set(partition, new AssignedPartition(partition, offset));
    }
    this.#wake?.();
  }

  unassign(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#assigned.delete(partition);
  }

  async poll(options: PollOptions): Promise<LogBatch> {
    if (this.#closed) throw logClosed('reader');
    if (this.#polling) throw logMisuse('A reader is polled by one consumer at a time');
    this.#polling = true;
    try {
      return await this.#pollOnce(options.maxBytes, options.waitMs ?? Number.POSITIVE_INFINITY, options.signal);
    } finally {
      this.#polling = false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#forgetLost();
    this.#options.onClose(this);
    await this.#deps.connections.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #pollOnce(maxBytes: number, waitMs: number, signal: AbortSignal | undefined): Promise<LogBatch> {
    const { runtime } = this.#deps;
    const poll = ++this.#poll;
    const untilMs = runtime.monotonicMs() + waitMs;
    this.#arena.reset();
    for (;;) {
      const batch = this.#take(maxBytes);
      if (batch !== undefined) {
        this.#startFetches(0);
        return batch;
      }
      const leftMs = untilMs - runtime.monotonicMs();
      const late = leftMs <= 0 && (this.#hasLooked(poll) || leftMs <= -LOOK_PATIENCE_MS);
      if (this.#closed || signal?.aborted === true || late) return { entries: [], corruptions: [], halted: [] };
      this.#startFetches(Math.max(0, Math.min(FETCH_WAIT_MS, leftMs)));
      await this.#woken(leftMs > 0 ? leftMs : LOOK_PATIENCE_MS + leftMs, signal);
    }
  }

  /** Resolves at the next fetch, when the reader is closed, or when the signal aborts. */
  #woken(leftMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = Number.isFinite(leftMs) ? this.#deps.runtime.after(leftMs, resolve) : undefined;
    const abort = () => resolve();
    signal?.addEventListener('abort', abort);
    return promise.finally(() => {
      this.#wake = undefined;
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
    });
  }

  /** Whether every broker concerned has answered a fetch that began in this poll. */
  #hasLooked(poll: number): boolean {
    return [...this.#assigned.values()].every(({ partition, paused }) => {
      const leader = this.#deps.view.leaderOf(partition);
      return !paused && (leader === undefined || (this.#looked.get(leader.nodeId) ?? 0) >= poll);
    });
  }

  /** What was fetched, up to so many bytes, beginning with another partition than last time. */
  #take(maxBytes: number): LogBatch | undefined {
    const partitions = [...this.#assigned.values()];
    const entries: LogEntry[] = [];
    const halted: HaltedPartition[] = [];
    let bytes = 0;
    for (let i = 0; i < partitions.length; i++) {
      const assigned = partitions[(this.#turn + i) % partitions.length]!;
      for (let item = assigned.peek(); item !== undefined; item = assigned.peek()) {
        if (item.kind === 'unreadable') {
          if (entries.length === 0 && halted.length === 0) return this.#takeUnreadable(assigned);
          break;
        }
        if (item.kind === 'record') {
          const { record } = item;
          if (entries.length > 0 && bytes + record.bytes.length > maxBytes) {
            // Whose turn it was comes last next time, however much is left of it.
            this.#turn = (this.#turn + i + 1) % partitions.length;
            return { entries, corruptions: [], halted };
          }
          const { offset, appendMs } = record;
          entries.push({ partition: assigned.partition, offset, bytes: this.#arena.copy(record.bytes), appendMs });
          bytes += record.bytes.length;
        } else {
          halted.push({ partition: assigned.partition, error: item.error });
          this.#assigned.delete(assigned.partition);
        }
        assigned.advance();
      }
    }
    return entries.length === 0 && halted.length === 0 ? undefined : { entries, corruptions: [], halted };
  }

  #takeUnreadable(assigned: AssignedPartition): LogBatch {
    const corruptions: LogCorruption[] = [];
    for (let item = assigned.peek(); item?.kind === 'unreadable'; item = assigned.peek()) {
      corruptions.push({ partition: assigned.partition, offset: item.offset, reason: item.reason });
      assigned.advance();
    }
    return { entries: [], corruptions, halted: [] };
  }

  #startFetches(maxWaitMs: number): void {
    if (this.#closed) return;
    const wanting = [...this.#assigned.values()].filter(
      ({ paused, fetchedBytes }) => !paused && fetchedBytes < AHEAD_BYTES,
    );
    for (const [leader, partitions] of byLeader(
      this.#deps.view,
      wanting.map(({ partition }) => partition),
    )) {
      if (this.#busy.has(leader.nodeId)) continue;
      void this.#fetch(
        leader,
        partitions.map((partition) => this.#assigned.get(partition)!),
        maxWaitMs,
      );
    }
    if (wanting.some(({ partition }) => this.#deps.view.leaderOf(partition) === undefined)) void this.#recover(NOBODY);
  }

  async #fetch(leader: BrokerAddress, assigned: readonly AssignedPartition[], maxWaitMs: number): Promise<void> {
    const { connections, view } = this.#deps;
    const poll = this.#poll;
    const asked = new Map(assigned.map((each) => [each.partition, { each, offset: each.fetchOffset }]));
    const positions = [...asked].map(([partition, { offset }]) => {
      return { partition, offset, leaderEpoch: view.leaderEpochOf(partition) };
    });
    this.#busy.add(leader.nodeId);
    let failed = false;
    try {
      const connection = await connections.to(leader);
      const answers = await fetchRecords(connection, {
        topicId: view.topicIdBytes,
        positions,
        maxWaitMs,
        maxBytes: FETCH_BYTES,
        partitionMaxBytes: PARTITION_BYTES,
      });
      for (const answer of answers) {
        const ask = asked.get(answer.partition);
        // Unassigned or assigned anew since, or fetched from a new leader meanwhile.
        if (ask === undefined || this.#assigned.get(answer.partition) !== ask.each) continue;
        if (ask.each.fetchOffset === ask.offset && !this.#accept(ask.each, answer)) failed = true;
      }
    } catch {
      failed = true;
    }
    this.#busy.delete(leader.nodeId);
    this.#looked.set(leader.nodeId, poll);
    if (failed) await this.#recover(leader.nodeId);
    else this.#retryMs = FIRST_RETRY_MS;
    this.#wake?.();
  }

  /** @returns whether the broker answered as the leader of the partition */
  #accept(assigned: AssignedPartition, answer: FetchAnswer): boolean {
    const { errorCode, partition } = answer;
    if (errorCode === 0) assigned.absorb(answer);
    else if (isRefusal(errorCode)) assigned.halt(logRefused(partition, errorCode));
    else if (errorCode === KafkaErrorCode.offsetOutOfRange) void this.#checkRange(assigned);
    else return false;
    return true;
  }

  /** Looks up who leads now, and gives the broker a rest. */
  async #recover(nodeId: number): Promise<void> {
    if (this.#busy.has(nodeId)) return;
    const { view, runtime } = this.#deps;
    this.#busy.add(nodeId);
    await Promise.all([view.refresh().catch(() => undefined), runtime.sleep(this.#retryMs)]);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, 2 * this.#retryMs);
    this.#busy.delete(nodeId);
    this.#wake?.();
  }

  /** Finds out on which side of the log a position lies; only what is certain halts a partition. */
  async #checkRange(assigned: AssignedPartition): Promise<void> {
    const { calls, view, runtime } = this.#deps;
    const { partition, fetchOffset: offset } = assigned;
    assigned.paused = true;
    for (let confirmed = false; !this.#closed && this.#assigned.get(partition) === assigned; ) {
      try {
        const { start, end } = (await calls.extents([partition])).get(partition)!;
        if (offset < start) return this.#halt(assigned, logTruncated(partition, offset, start));
        if (offset <= end) break;
        if (confirmed) return this.#halt(assigned, logBeyondEnd(partition, offset, end));
        // A leader of yesterday that does not know it yet may have less.
        await runtime.sleep(CONFIRM_MS);
        await view.refresh();
        confirmed = true;
      } catch (error) {
        if (error instanceof IsothermError && !error.retryable) return this.#halt(assigned, error);
        await runtime.sleep(LONGEST_RETRY_MS);
      }
    }
    assigned.paused = false;
    this.#wake?.();
  }

  #halt(assigned: AssignedPartition, error: IsothermError): void {
    assigned.halt(error);
    this.#wake?.();
  }

  #haltAll(error: IsothermError): void {
    for (const assigned of this.#assigned.values()) this.#halt(assigned, error);
  }
}

/** Stands for the leader of partitions that have none. */
const NOBODY = -1;
