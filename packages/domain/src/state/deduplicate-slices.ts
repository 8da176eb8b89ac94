import { NO_PRODUCER, type ObservationsRecord } from '@isotherm/records';
import type { PartitionCore } from './partition-core.ts';
import { type BatchOutcome, deduplicateBatch, type Session } from './session-table.ts';

/** What became of a record's slices; reused from record to record. */
export interface SliceOutcomes {
  /** Only a fresh slice counts. */
  readonly of: BatchOutcome[];
  /** Session of a slice; undefined without a producer. */
  readonly sessions: (Session | undefined)[];
}

const outcomes: SliceOutcomes = { of: [], sessions: [] };

/** Decides slice by slice which ones count, counts and notes the others. The result is valid until the next call. */
export function deduplicateSlices(core: PartitionCore, record: ObservationsRecord): SliceOutcomes {
  const { slices } = record;
  const sessions: (Session | undefined)[] = [];
  const { tenants, producers } = record;
  let start = 0;
  for (let slice = 0; slice < slices.count; slice++) {
    const end = slices.rowEnd[slice]!;
    const producer = slices.producer[slice]!;
    let session: Session | undefined;
    if (producer !== NO_PRODUCER) {
      const at = slices.tenant[slice]! * producers.length + producer;
      session = sessions[at] ??= core.sessions.touch(
        { tenant: tenants[slices.tenant[slice]!]!, ...producers[producer]! },
        core.logTimeMs,
      );
    }
    outcomes.sessions[slice] = session;
    outcomes.of[slice] = session === undefined ? 'fresh' : deduplicateSlice(core, record, session, slice, end - start);
    start = end;
  }
  return outcomes;
}

function deduplicateSlice(
  core: PartitionCore,
  record: ObservationsRecord,
  session: Session,
  slice: number,
  rows: number,
): BatchOutcome {
  const { slices } = record;
  const outcome = deduplicateBatch(session, {
    sequence: slices.sequence[slice]!,
    createdAtMs: slices.createdAtMs[slice]!,
    logTimeMs: core.logTimeMs,
    digestLow: slices.digestLow[slice]!,
    digestHigh: slices.digestHigh[slice]!,
  });
  if (outcome !== 'fresh') core.exceptions.add(core.appliedOffset, outcome, { slice, row: -1 });
  if (outcome === 'duplicate') core.duplicate += rows;
  else if (outcome !== 'fresh') core.dead += rows;
  return outcome;
}
