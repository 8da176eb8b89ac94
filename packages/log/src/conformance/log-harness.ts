import { afterEach, beforeEach } from 'vitest';
import type { Log, LogAppend, LogEntry, LogReader, PartitionExtent } from '../log.ts';
import { allPartitions } from '../record-outcomes.ts';

/** What a new log is made with. */
export interface NewLogOptions {
  readonly partitionCount: number;
  /** Default none. */
  readonly settings?: Uint8Array;
  /** Clock of the append stamps, for adapters that stamp themselves. Default the system's. */
  readonly now?: () => number;
}

/** How the suite gets at an adapter. */
export interface LogHarness {
  /** A new, empty log. */
  create(options: NewLogOptions): Promise<Log>;
  /** Closes the log and opens it again, with other settings; undefined where nothing outlives the object. */
  readonly reopen?: (log: Log, settings?: Uint8Array) => Promise<Log>;
  /** Creates one new log by several openers at once, each with settings of its own; undefined where only one can write. */
  readonly createTogether?: (options: readonly NewLogOptions[]) => Promise<readonly Log[]>;
  /** Removes what a closed log left behind. Default nothing to do. */
  readonly remove?: (log: Log) => Promise<void>;
  /** Whether the log keeps the weights of its records. Default yes. */
  readonly keepsWeights?: boolean;
  /** How many appends later at the latest a trim takes effect. Default 1. */
  readonly trimGranularity?: number;
}

/** A log of the harness, new for every test. */
export function useLog(harness: LogHarness, options: number | NewLogOptions): { current: Log } {
  const held = {} as { current: Log };
  beforeEach(async () => {
    held.current = await harness.create(typeof options === 'number' ? { partitionCount: options } : options);
  });
  afterEach(async () => {
    await held.current.close();
    await harness.remove?.(held.current);
  });
  return held;
}

/** A record whose bytes are the text. */
export function record(partition: number, text: string, weight?: number): LogAppend {
  const bytes = new TextEncoder().encode(text);
  return weight === undefined ? { partition, bytes } : { partition, bytes, weight };
}

/** The weight of a partition, where the log keeps weights. */
export function weightOf(harness: LogHarness, weight: number): number | undefined {
  return harness.keepsWeights === false ? undefined : weight;
}

/** The extents of all partitions, in their order. */
export async function allExtents(log: Log): Promise<PartitionExtent[]> {
  return [...(await log.extents(allPartitions(log.partitionCount))).values()];
}

/** The text of an entry made by {@link record}. */
function textOf(entry: LogEntry): string {
  return new TextDecoder().decode(entry.bytes);
}

/** An entry in one comparable string. */
export function show(entry: LogEntry): string {
  return `${entry.partition}/${entry.offset} ${textOf(entry)}`;
}

/** Polls until so many entries are there, or 10 s passed. */
export async function readEntries(reader: LogReader, count: number, maxBytes = 1 << 20): Promise<string[]> {
  const shown: string[] = [];
  const signal = AbortSignal.timeout(10_000);
  while (shown.length < count && !signal.aborted) {
    const { entries } = await reader.poll({ maxBytes, signal });
    shown.push(...entries.map(show));
  }
  return shown;
}

/** Reads partitions from given offsets to the end. */
export async function readAll(log: Log, positions: ReadonlyMap<number, number>): Promise<string[]> {
  await using reader = await log.openReader(positions);
  const shown: string[] = [];
  for (;;) {
    const { entries, corruptions } = await reader.poll({ maxBytes: 1 << 20, waitMs: 0 });
    if (entries.length === 0 && corruptions.length === 0) return shown;
    shown.push(...entries.map(show));
  }
}
