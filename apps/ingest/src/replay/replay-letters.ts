import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Observation } from '@isotherm/contracts/ingest/v1/observation';
import { ReplayRefusalReason, type ReplayRow } from '@isotherm/contracts/ingest/v1/replay_service';
import type { PartitionExtent } from '@isotherm/log';
import type { ReplayInput } from '@isotherm/records';

/** Rows of a replay at most, as the schema of ReplayRequest says. */
export const MAX_REPLAY_ROWS = 10_000;

/** Replays of a letter that a record can number. */
const MAX_ATTEMPT = 0xffff;

/** The last millisecond of 9999, and of what google.protobuf.Timestamp may hold. */
const LAST_MS = 253_402_300_799_999;

/** Why a row is not appended. */
export interface RowRefusal {
  readonly index: number;
  readonly reason: ReplayRefusalReason;
  readonly message: string;
}

/** A row whose letter can be named in a record. */
export interface LetterRow {
  readonly index: number;
  readonly partition: number;
  readonly tenant: string;
  readonly letter: ReplayInput;
  readonly observation: Observation;
}

/** The log that letters are looked for in. */
export interface LetterLog {
  /** Of the partitions named that exist. */
  readonly extents: ReadonlyMap<number, PartitionExtent>;
  readonly partitionCount: number;
}

/** The row's letter, or why it names none. */
export function letterOfRow(
  row: ReplayRow,
  index: number,
  { extents, partitionCount }: LetterLog,
): LetterRow | RowRefusal {
  const { partition, tenant, observation } = row;
  const offset = Number(row.offset);
  const end = extents.get(partition)?.end;
  if (end === undefined) {
    return noSuchLetter(index, `Partition ${partition} does not exist; the log has ${partitionCount}, from 0`);
  }
  if (!(offset < end)) {
    return noSuchLetter(index, `Offset ${row.offset} of partition ${partition} does not exist; its end is ${end}`);
  }
  if (row.attempt < 1 || row.attempt > MAX_ATTEMPT) {
    return noSuchLetter(index, `Attempt is ${row.attempt}; attempts are numbered from 1 to ${MAX_ATTEMPT}`);
  }
  if (observation === undefined) {
    const message = 'The row has no observation; send what the letter says.';
    return { index, reason: ReplayRefusalReason.NO_OBSERVATION, message };
  }
  const firstSeenMs = row.firstSeenTime === undefined ? 0 : Math.max(0, Math.floor(timestampMs(row.firstSeenTime)));
  if (!(firstSeenMs <= LAST_MS)) return noSuchLetter(index, `First seen at ${firstSeenMs} ms is no time`);
  return { index, partition, tenant, letter: { offset, row: row.row, attempt: row.attempt, firstSeenMs }, observation };
}

/** The refusal of a row whose city lives elsewhere: compute would look for it in vain. */
export function wrongPartition({ index, partition, observation }: LetterRow, owner: number): RowRefusal {
  return {
    index,
    reason: ReplayRefusalReason.WRONG_PARTITION,
    message: `City ${JSON.stringify(observation.cityId)} is of partition ${owner}, its letter of partition ${partition}; send the observation as a new one.`,
  };
}

function noSuchLetter(index: number, what: string): RowRefusal {
  return { index, reason: ReplayRefusalReason.NO_SUCH_LETTER, message: `${what}; name a letter as it was listed.` };
}
