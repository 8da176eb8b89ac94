import { NO_PRODUCER, type ObservationsRecord } from '@isotherm/records';
import type { PartitionCore } from './partition-core.ts';
import { judgeBatch, type Session } from './session-table.ts';

/** What became of a record's slices; reused from record to record. */
export interface SliceVerdicts {
  /** 1 where the slice counts, 0 where it is skipped. */
  fresh: Uint8Array;
  /** 1 where the slice was counted before. */
  duplicate: Uint8Array;
  /** Session of a slice that counts; undefined without a producer. */
  readonly sessions: (Session | undefined)[];
}

const verdicts: SliceVerdicts = { fresh: new Uint8Array(64), duplicate: new Uint8Array(64), sessions: [] };

/** Decides slice by slice which ones count, counts and notes the others. The result is valid until the next call. */
export function judgeSlices(core: PartitionCore, record: ObservationsRecord): SliceVerdicts {
  const { slices } = record;
  if (verdicts.fresh.length < slices.count) {
    verdicts.fresh = new Uint8Array(slices.count * 2);
    verdicts.duplicate = new Uint8Array(slices.count * 2);
  }
  verdicts.fresh.fill(1, 0, slices.count);
  verdicts.duplicate.fill(0, 0, slices.count);
  verdicts.sessions.length = 0;
  if (record.producers.length === 0) return verdicts;
  const sessions = record.producers.map(({ id, session }) => core.sessions.touch(id, session, core.logTimeMs));
  let start = 0;
  for (let slice = 0; slice < slices.count; slice++) {
    const end = slices.rowEnd[slice]!;
    const session = slices.producer[slice] === NO_PRODUCER ? undefined : sessions[slices.producer[slice]!];
    if (session !== undefined) judgeSlice(core, record, session, slice, end - start);
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
): void {
  const { slices } = record;
  const verdict = judgeBatch(session, {
    sequence: slices.sequence[slice]!,
    createdAtMs: slices.createdAtMs[slice]!,
    stampMs: record.stampMs,
    digestLow: slices.digestLow[slice]!,
    digestHigh: slices.digestHigh[slice]!,
  });
  if (verdict === 'fresh') {
    verdicts.sessions[slice] = session;
    return;
  }
  verdicts.fresh[slice] = 0;
  core.exceptions.add(core.appliedOffset, verdict, { slice, row: -1 });
  if (verdict === 'duplicate') {
    verdicts.duplicate[slice] = 1;
    core.duplicate += rows;
  } else core.dead += rows;
}
