import { firstFailure, type Log, type RecordOutcome } from '@isotherm/log';
import type { Runtime, Timer } from '@isotherm/runtime';
import type { IsothermError } from '@isotherm/service-kit';
import type { CityRegistry } from '../cities/city-registry.ts';
import type { IngestLimits } from '../ingest-options.ts';
import { createStagedGroup, type StagedGroup } from '../staging/staged-group.ts';
import { createGroupEncoder, type GroupEncoder } from './group-encoder.ts';

/** The log has said what became of each of the group's records. */
export interface AppendedGroup {
  readonly kind: 'appended';
  /** What became of the group's record in a partition that it touches. */
  outcomeIn(partition: number): RecordOutcome;
  /** The error of the first record that is not kept, as far as is known; undefined where all are. */
  readonly firstFailure: IsothermError | undefined;
  /** The log's stamp of a record that is kept, ms since the epoch; undefined where none is. */
  readonly appendMs: number | undefined;
}

/** What became of a group. `refused`: nothing of it was appended. */
export type GroupOutcome = AppendedGroup | { readonly kind: 'refused'; readonly error: unknown };

/** What {@link GroupCommitter} needs to know of a group beside its rows. */
export interface CommittedGroup {
  readonly staged: StagedGroup;
  /** Milliseconds from the call of append to its end. */
  readonly commitMs: number;
  readonly outcome: GroupOutcome;
}

/** Gathers batches of all callers into groups and appends each group once: adaptive group commit. */
export interface GroupCommitter {
  /** The group that is open, to stage a batch into; call {@link GroupCommitter.staged} afterwards. */
  open(): StagedGroup;
  /** A batch was staged into the open group: sees to it that the group is committed. */
  staged(): void;
  /** Commits the open group as soon as possible and begins another. */
  rotate(): void;
  /** About what is staged or on its way to the disk, in bytes. */
  readonly pendingBytes: number;
  /** Groups on their way to the disk. */
  readonly groupsInFlight: number;
  /** Resolves when nothing is pending. */
  settled(): Promise<void>;
}

/** Bytes a row takes while it is pending, in staging and in its record, about. */
export const PENDING_BYTES_PER_ROW = 48;

/** Rows below which an idle log is not kept waiting for more: the window would only add latency. */
const FEW_ROWS = 512;

interface Slot {
  readonly group: StagedGroup;
  readonly encoder: GroupEncoder;
}

/** Options of {@link createGroupCommitter}. */
export interface GroupCommitterOptions {
  readonly limits: IngestLimits;
  /** Called for every group in the order of their appends, once its outcome is known. Must not throw. */
  readonly onSettled: (group: CommittedGroup) => void;
  /** The time by which the rows of a new group are validated, ms since the epoch. */
  readonly now: () => number;
  /** Runs an append at once, for tracing, and tells it the W3C traceparent of its span. */
  readonly trace: <T>(group: StagedGroup, append: (traceParent: string) => Promise<T>) => Promise<T>;
}

/** Creates a committer over a log. */
export function createGroupCommitter(
  deps: { readonly log: Log; readonly registry: CityRegistry; readonly runtime: Runtime },
  options: GroupCommitterOptions,
): GroupCommitter {
  const { log, registry, runtime } = deps;
  const { limits, onSettled, now, trace } = options;
  const free: Slot[] = [];
  let current: Slot | undefined;
  let inFlight = 0;
  let pendingFlight = 0;
  let lastRows = 0;
  /** Its time has come while there was no room in flight: the next room is its. */
  let overdue = false;
  let timer: Timer | undefined;
  let immediate: Timer | undefined;
  let chain: Promise<void> = Promise.resolve();
  const waiting: (() => void)[] = [];

  const bytesOf = (group: StagedGroup): number => group.rows * PENDING_BYTES_PER_ROW + group.rejectedBytes;

  function takeSlot(): Slot {
    return (
      free.pop() ?? {
        group: createStagedGroup(log.partitionCount),
        encoder: createGroupEncoder(log.partitionCount, registry),
      }
    );
  }

  function clearTimers(): void {
    timer?.cancel();
    immediate?.cancel();
    timer = undefined;
    immediate = undefined;
  }

  function commit(): void {
    clearTimers();
    if (current === undefined || current.group.batches.length === 0) return;
    if (inFlight >= limits.maxGroupsInFlight) {
      overdue = true;
      return;
    }
    const slot = current;
    current = undefined;
    overdue = false;
    inFlight += 1;
    const bytes = bytesOf(slot.group);
    pendingFlight += bytes;
    lastRows = slot.group.rows;
    const startedMs = runtime.monotonicMs();
    const appended = append(slot);
    chain = chain.then(async () => {
      const outcome = await appended;
      inFlight -= 1;
      pendingFlight -= bytes;
      onSettled({ staged: slot.group, commitMs: runtime.monotonicMs() - startedMs, outcome });
      slot.group.reset();
      free.push(slot);
      afterCommit();
    });
  }

  async function append({ group, encoder }: Slot): Promise<GroupOutcome> {
    try {
      const { records, outcomes } = await trace(group, async (traceParent) => {
        const encoded = encoder.encode(group, traceParent);
        return { records: encoded, outcomes: encoded.length === 0 ? [] : await log.append(encoded) };
      });
      const byPartition = new Map(records.map((record, index) => [record.partition, outcomes[index]!]));
      return {
        kind: 'appended',
        outcomeIn: (partition) => byPartition.get(partition)!,
        firstFailure: firstFailure(outcomes),
        appendMs: outcomes.find((outcome) => outcome.kind === 'kept')?.appendMs,
      };
    } catch (error) {
      return { kind: 'refused', error };
    }
  }

  function afterCommit(): void {
    if (current !== undefined && current.group.batches.length > 0) {
      if (overdue) commit();
    } else if (inFlight === 0) {
      for (const resolve of waiting.splice(0)) resolve();
    }
  }

  return {
    open() {
      if (current === undefined) {
        current = takeSlot();
        current.group.validationMs = now();
      }
      return current.group;
    },
    staged() {
      // Whoever staged into a group opened it.
      if (current!.group.rows >= limits.groupRows) {
        commit();
        return;
      }
      timer ??= runtime.after(limits.groupWindowMs, commit);
      // An idle log takes little at once: one turn of the event loop gathers what has arrived already.
      if (inFlight === 0 && lastRows < FEW_ROWS) immediate ??= runtime.soon(commit);
    },
    rotate: commit,
    get pendingBytes() {
      return pendingFlight + (current === undefined ? 0 : bytesOf(current.group));
    },
    get groupsInFlight() {
      return inFlight;
    },
    settled() {
      if (inFlight === 0 && (current === undefined || current.group.batches.length === 0)) return Promise.resolve();
      this.rotate();
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
  };
}
