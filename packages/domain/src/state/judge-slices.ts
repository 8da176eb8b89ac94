import { NO_PRODUCER, type ObservationsRecord } from '@isotherm/records';
import type { PartitionCore } from './partition-core.ts';
import { type BatchVerdict, judgeBatch, type Session } from './session-table.ts';

/** What became of a record's slices; reused from record to record. */
export interface SliceVerdicts {
  /** Only a fresh slice counts. */
  readonly of: BatchVerdict[];
  /** Session of a slice; undefined without a producer. */
  readonly sessions: (Session | undefined)[];
}

const verdicts: SliceVerdicts = { of: [], sessions: [] };

/** Decides slice by slice which ones count, counts and notes the others. The result is valid until the next call. */
export function judgeSlices(core: PartitionCore, record: ObservationsRecord): SliceVerdicts {
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
    verdicts.sessions[slice] = session;
    verdicts.of[slice] = session === undefined ? 'fresh' : judgeSlice(core, record, session, slice, end - start);
    start = end;
  }
  return verdicts;
}

function judgeSlice(
  core: PartitionCore,
  record: ObservationsRecord,
  session: Session,
  slice: number,
  rows: number,
): BatchVerdict {
  const { slices } = record;
  const verdict = judgeBatch(session, {
    sequence: slices.sequence[slice]!,
    createdAtMs: slices.createdAtMs[slice]!,
    logTimeMs: core.logTimeMs,
    digestLow: slices.digestLow[slice]!,
    digestHigh: slices.digestHigh[slice]!,
  });
  if (verdict !== 'fresh') core.exceptions.add(core.appliedOffset, verdict, { slice, row: -1 });
  if (verdict === 'duplicate') core.duplicate += rows;
  else if (verdict !== 'fresh') core.dead += rows;
  return verdict;
}
