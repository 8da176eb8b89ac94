import type { Log, LogEntry, RecordOutcome } from '../../src/index.ts';

/** What became of everything that was appended, beside what the log then holds. All zero but the first four: no fault. */
export interface LedgerReport {
  readonly kept: number;
  readonly notKept: number;
  readonly unknown: number;
  /** Of the unknown, those that the log has. */
  readonly unknownInLog: number;
  /** Reported as kept, and not at the offset reported, or with another stamp. */
  readonly lost: number;
  /** In the log more than once. */
  readonly duplicated: number;
  /** Reported as not kept, and in the log. */
  readonly wronglyKept: number;
  /** Kept before a record that the same lane had appended earlier. */
  readonly outOfOrder: number;
  /** In the log, and never appended. */
  readonly foreign: number;
}

interface Appended {
  readonly partition: number;
  readonly lane: string;
  outcome: RecordOutcome | undefined;
}

/** Every record that was appended, by its text. */
export class AppendLedger {
  readonly #appended = new Map<string, Appended>();

  /** A record to append: no two are the same. */
  newRecord(
    partition: number,
    lane: string,
    number: number,
  ): { readonly partition: number; readonly bytes: Uint8Array } {
    const text = `${partition}/${lane}/${number}`;
    this.#appended.set(text, { partition, lane, outcome: undefined });
    return { partition, bytes: new TextEncoder().encode(text) };
  }

  settle(bytes: Uint8Array, outcome: RecordOutcome): void {
    this.#appended.get(new TextDecoder().decode(bytes))!.outcome = outcome;
  }

  /** Compares with the records of all partitions. */
  compare(entries: readonly LogEntry[]): LedgerReport {
    const inLog = new Map<string, LogEntry[]>();
    for (const entry of entries) {
      const text = new TextDecoder().decode(entry.bytes);
      const known = inLog.get(text);
      if (known === undefined) inLog.set(text, [entry]);
      else known.push(entry);
    }
    const report = { kept: 0, notKept: 0, unknown: 0, unknownInLog: 0 };
    const faults = { lost: 0, duplicated: 0, wronglyKept: 0, outOfOrder: 0, foreign: 0 };
    const lastOffset = new Map<string, number>();
    for (const [text, { partition, lane, outcome }] of this.#appended) {
      const found = inLog.get(text) ?? [];
      inLog.delete(text);
      if (found.length > 1) faults.duplicated++;
      if (outcome === undefined) throw new Error(`The outcome of ${text} was never told`);
      report[outcome.kind]++;
      if (outcome.kind === 'unknown' && found.length > 0) report.unknownInLog++;
      if (outcome.kind === 'notKept' && found.length > 0) faults.wronglyKept++;
      if (outcome.kind !== 'kept') continue;
      const [entry] = found;
      if (entry?.offset !== outcome.offset || entry.appendMs !== outcome.appendMs) faults.lost++;
      const sameLane = `${partition}/${lane}`;
      if (outcome.offset <= (lastOffset.get(sameLane) ?? -1)) faults.outOfOrder++;
      lastOffset.set(sameLane, outcome.offset);
    }
    return { ...report, ...faults, foreign: inLog.size };
  }
}

/** Everything that the log holds now, read afresh. @throws if offsets are not dense */
export async function readWhole(log: Log): Promise<LogEntry[]> {
  const partitions = Array.from({ length: log.partitionCount }, (_, partition) => partition);
  const extents = await log.extents(partitions);
  await using reader = await log.openReader(new Map([...extents].map(([partition, { start }]) => [partition, start])));
  const next = new Map([...extents].map(([partition, { start }]) => [partition, start]));
  const entries: LogEntry[] = [];
  const isBehind = () => [...extents].some(([partition, { end }]) => next.get(partition)! < end);
  while (isBehind()) {
    const batch = await reader.poll({ maxBytes: 1 << 20 });
    if (batch.corruptions.length > 0 || batch.halted.length > 0) {
      throw new Error(`The log cannot be read whole: ${JSON.stringify({ ...batch, entries: batch.entries.length })}`);
    }
    for (const entry of batch.entries) {
      if (entry.offset !== next.get(entry.partition))
        throw new Error(`Offset ${entry.offset} follows ${next.get(entry.partition)}`);
      next.set(entry.partition, entry.offset + 1);
      entries.push({ ...entry, bytes: entry.bytes.slice() });
    }
  }
  return entries;
}
