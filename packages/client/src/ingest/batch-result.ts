import { type BatchAck, RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { ReadToken as ReadTokenMessage } from '@isotherm/contracts/type/v1/consistency';

/** Why the platform did not accept a row: the names of `isotherm.ingest.v1.RejectReason`. */
export type RejectionReason = keyof typeof RejectReason;

/** A rejected row, the rule it broke and what to do. It is kept as a dead letter. */
export interface RowRejection {
  /** Row within the batch, from 0. */
  readonly row: number;
  readonly reason: RejectionReason;
  /** The field at fault, as in `temperature_celsius`. */
  readonly field: string;
  /** The value found, as text. */
  readonly value: string;
  /** The rule and the remedy, in one sentence. */
  readonly message: string;
}

/** Presented with a read, that read sees at least the batch that the token came with. */
export interface ReadToken {
  readonly incarnation: string;
  readonly partitions: readonly number[];
  readonly offsets: readonly bigint[];
}

/**
 * What became of a batch that is durably kept: accepted + rejected = its rows. An accepted row is in the log and is applied or refused
 * by its place there: it counts, or is a dead letter once it is applied. A read with the token sees which.
 */
export interface BatchResult {
  /** The batch's place in its session, from 1; of several, the first one's. */
  readonly sequence: number;
  /** Batches that it was sent in: more than one where the rows did not fit a message. */
  readonly batches: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Of the accepted rows those that ingest knows to be late: they will be dead letters. There may be more. */
  readonly late: number;
  /** The whole batch was seen before: nothing was counted again. */
  readonly duplicate: boolean;
  /** The first rejected rows, at most 100. */
  readonly rejections: readonly RowRejection[];
  /** Present where tokens were asked for. */
  readonly readToken: ReadToken | undefined;
}

/** An ack of the wire as the client hands it out. */
export function batchResult(sequence: number, ack: BatchAck): BatchResult {
  return {
    sequence,
    batches: 1,
    accepted: ack.accepted,
    rejected: ack.rejected,
    late: ack.late,
    duplicate: ack.duplicate,
    rejections: ack.rejections.map(({ row, reason, field, value, message }) => ({
      row,
      reason: (RejectReason[reason] ?? 'UNSPECIFIED') as RejectionReason,
      field,
      value,
      message,
    })),
    readToken: ack.readToken === undefined ? undefined : fromMessage(ack.readToken),
  };
}

function fromMessage({ incarnation, partitions, offsets }: ReadTokenMessage): ReadToken {
  return { incarnation, partitions, offsets };
}
