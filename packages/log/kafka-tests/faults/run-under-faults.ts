import { setTimeout as delay } from 'node:timers/promises';
import type { Log, LogEntry, LogReader } from '../../src/index.ts';
import { AppendLedger, type LedgerReport, readWhole } from './append-ledger.ts';

/** What a run found. */
export interface FaultReport extends LedgerReport {
  /** Whether a reader that read through all faults has the same records in the same order as one that reads afterwards. */
  readonly readerAgrees: boolean;
  /** The append that took longest. For people: no test rests on it. */
  readonly slowestAppendMs: number;
}

/** What a report of a run without fault looks like. */
export const NO_FAULT = {
  lost: 0,
  duplicated: 0,
  wronglyKept: 0,
  outOfOrder: 0,
  foreign: 0,
  readerAgrees: true,
} satisfies Partial<FaultReport>;

const LANES = 4;

/**
 * Appends from several lanes, each group with a record in every partition, and reads along, while `faults` happen; they
 * are over when it resolves. Then everything is appended that was on its way, one group more has to be kept by every
 * partition, and all is compared.
 */
export async function runUnderFaults(log: Log, faults: () => Promise<void>): Promise<FaultReport> {
  const ledger = new AppendLedger();
  const partitions = Array.from({ length: log.partitionCount }, (_, partition) => partition);
  let over = false;
  let slowestAppendMs = 0;

  async function append(lane: number, number: number): Promise<boolean> {
    const group = partitions.map((partition) => ledger.newRecord(partition, `${lane}`, number));
    // Two records of a partition share their fate.
    group.push(ledger.newRecord(number % partitions.length, `${lane}b`, number));
    const startMs = performance.now();
    const outcomes = await log.append(group);
    slowestAppendMs = Math.max(slowestAppendMs, performance.now() - startMs);
    for (const [i, outcome] of outcomes.entries()) ledger.settle(group[i]!.bytes, outcome);
    return outcomes.every(({ kind }) => kind === 'kept');
  }

  async function runLane(lane: number): Promise<void> {
    let number = 0;
    while (!over) {
      await append(lane, number++);
      await delay(2);
    }
    // What the faults left behind may take some more attempts; a log that does not recover never ends this.
    while (!(await append(lane, number++))) await delay(100);
  }

  await using reader = await log.openReader(new Map(partitions.map((partition) => [partition, 0])));
  const follower = followLog(reader, partitions);
  const lanes = Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
  // A follower or lane that fails ends the run at once.
  await Promise.race([faults(), lanes, follower.failed]);
  over = true;
  await Promise.race([lanes, follower.failed]);
  const whole = await readWhole(log);
  const expected = linesOf(whole, partitions);
  const seen = await follower.until(expected);
  const readerAgrees = partitions.every((partition) => {
    const lines = expected.get(partition)!;
    return seen.get(partition)!.slice(0, lines.length).join('\n') === lines.join('\n');
  });
  return { ...ledger.compare(whole), readerAgrees, slowestAppendMs };
}

type Lines = ReadonlyMap<number, string[]>;

/** Reads all that comes, until it has so many records of each partition. */
function followLog(reader: LogReader, partitions: readonly number[]) {
  const seen = linesOf([], partitions);
  let wanted: Lines | undefined;
  const isBehind = () => partitions.some((p) => wanted === undefined || seen.get(p)!.length < wanted.get(p)!.length);
  const reading = (async () => {
    while (isBehind()) {
      const { entries, corruptions, halted } = await reader.poll({ maxBytes: 1 << 20, waitMs: 500 });
      if (corruptions.length > 0 || halted.length > 0) throw new Error(JSON.stringify({ corruptions, halted }));
      for (const entry of entries) seen.get(entry.partition)!.push(show(entry));
    }
  })();
  return {
    failed: new Promise<never>((_, reject) => reading.catch(reject)),
    async until(lines: Lines): Promise<Lines> {
      wanted = lines;
      await reading;
      return seen;
    },
  };
}

function linesOf(entries: readonly LogEntry[], partitions: readonly number[]): Lines {
  const lines = new Map(partitions.map((partition) => [partition, [] as string[]]));
  for (const entry of entries) lines.get(entry.partition)!.push(show(entry));
  return lines;
}

function show({ partition, offset, bytes, appendMs }: LogEntry): string {
  return `${partition}@${offset} ${appendMs} ${new TextDecoder().decode(bytes)}`;
}
