import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Metadata } from '@grpc/grpc-js';
import { ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { type Status, StatusSchema } from '@isotherm/contracts/google/rpc/status';
import { type CallEnd, TARGET } from './stream-wire.ts';

/** What a producer has to make of an error. */
export interface Trouble {
  /** The error as told to the caller once retries are spent, or at once if there are none. */
  readonly told: string;
  /** Whether it is tried again. */
  readonly again: boolean;
  /** Floor of the pause before that, if the platform named one. */
  readonly afterMs?: number;
}

function status(code: number, id: string, retryAfterMs?: number): Status {
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: id, domain: 'isotherm.dev' }))];
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: BigInt(Math.floor(retryAfterMs / 1000)), nanos: (retryAfterMs % 1000) * 1e6 };
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  return create(StatusSchema, { code, message: `It is ${id}.`, details });
}

/** The end of a call that the platform explained. */
function explained(code: number, id: string, retryAfterMs?: number): CallEnd {
  const metadata = new Metadata();
  const bytes = toBinary(StatusSchema, status(code, id, retryAfterMs));
  metadata.set('grpc-status-details-bin', Buffer.from(bytes));
  return { code, details: `It is ${id}.`, metadata };
}

const dropped = (code: number): CallEnd => ({ code, details: 'Dropped' });

/** Ends of connections that say nothing about what was sent over them. */
export const LOSSES: readonly { readonly end: CallEnd; readonly trouble: Trouble }[] = [
  {
    end: dropped(14),
    trouble: { again: true, told: `UNAVAILABLE UNREACHABLE: Nothing answers at ${TARGET}: Dropped.` },
  },
  { end: dropped(13), trouble: { again: true, told: 'INTERNAL INTERNAL: Dropped' } },
  { end: dropped(2), trouble: { again: true, told: 'UNKNOWN UNKNOWN: Dropped' } },
  { end: dropped(1), trouble: { again: true, told: 'CANCELLED CANCELLED: Dropped' } },
  { end: dropped(10), trouble: { again: true, told: 'ABORTED ABORTED: Dropped' } },
  {
    end: dropped(0),
    trouble: { again: true, told: `UNAVAILABLE STREAM_ENDED: The platform at ${TARGET} ended the stream.` },
  },
  {
    end: explained(14, 'INGEST_STOPPING'),
    trouble: { again: true, told: 'UNAVAILABLE INGEST_STOPPING: It is INGEST_STOPPING.' },
  },
  {
    end: explained(8, 'INGEST_BUSY', 1_750),
    trouble: { again: true, afterMs: 1_750, told: 'RESOURCE_EXHAUSTED INGEST_BUSY: It is INGEST_BUSY.' },
  },
];

/** Ends that the same request would meet again. */
export const REFUSALS: readonly { readonly end: CallEnd; readonly trouble: Trouble }[] = [
  { end: dropped(16), trouble: { again: false, told: 'UNAUTHENTICATED UNAUTHENTICATED: Dropped' } },
  {
    end: explained(13, 'INGEST_BROKEN'),
    trouble: { again: false, told: 'INTERNAL INGEST_BROKEN: It is INGEST_BROKEN.' },
  },
  {
    end: explained(3, 'SESSION_WRONG'),
    trouble: { again: false, told: 'INVALID_ARGUMENT SESSION_WRONG: It is SESSION_WRONG.' },
  },
];

/** Errors that answer one batch. */
export const BATCH_TROUBLES: readonly { readonly error: Status; readonly trouble: Trouble }[] = [
  { error: status(14, 'LOG_SLOW'), trouble: { again: true, told: 'UNAVAILABLE LOG_SLOW: It is LOG_SLOW.' } },
  { error: status(14, 'LOG_SLOW'), trouble: { again: true, told: 'UNAVAILABLE LOG_SLOW: It is LOG_SLOW.' } },
  {
    error: status(8, 'INGEST_BUSY', 300),
    trouble: { again: true, afterMs: 300, told: 'RESOURCE_EXHAUSTED INGEST_BUSY: It is INGEST_BUSY.' },
  },
  {
    error: status(8, 'INGEST_BUSY', 9_000),
    trouble: { again: true, afterMs: 9_000, told: 'RESOURCE_EXHAUSTED INGEST_BUSY: It is INGEST_BUSY.' },
  },
  {
    error: status(3, 'BATCH_TOO_LARGE'),
    trouble: { again: false, told: 'INVALID_ARGUMENT BATCH_TOO_LARGE: It is BATCH_TOO_LARGE.' },
  },
];
