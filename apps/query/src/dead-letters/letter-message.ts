import { create, fromBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetterCount, DeadLetterId, StoredDeadLetter } from '@isotherm/analytics';
import {
  type DeadLetterCount as CountMessage,
  type DeadLetter,
  DeadLetterCountSchema,
  DeadLetterIdSchema,
  DeadLetterSchema,
  type DeadLetterId as IdMessage,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { stateMessage } from './letter-filter.ts';

/**
 * What a letter says; undefined if that cannot be told: the letter of a damaged record holds the record's bytes instead,
 * which may look like a message by chance.
 */
export function observationOf(letter: StoredDeadLetter): Observation | undefined {
  if (letter.observation.byteLength === 0) return undefined;
  try {
    const observation = fromBinary(ObservationSchema, letter.observation);
    return observation.$unknown === undefined && observation.cityId === letter.cityId ? observation : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds of 0001-01-01 and of the end of 9999: what google.protobuf.Timestamp may hold, and all that JSON can tell. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** What a letter says, without a time that is none: it may be why the reading is dead, and the letter's message names it. */
function tellable(observation: Observation): Observation {
  const { observeTime } = observation;
  if (observeTime === undefined) return observation;
  const { seconds, nanos } = observeTime;
  if (seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos < 1e9) return observation;
  const { observeTime: _, ...rest } = observation;
  return rest;
}

/** A letter as the API tells it. */
export function letterMessage(letter: StoredDeadLetter): DeadLetter {
  const observation = observationOf(letter);
  return create(DeadLetterSchema, {
    id: letterIdMessage(letter),
    state: stateMessage(letter.state),
    reason: letter.reason,
    message: letter.message,
    cityId: letter.cityId,
    tenant: letter.tenant,
    producerId: letter.producerId,
    ...(letter.observedMs !== undefined && { observeTime: timestampFromMs(letter.observedMs) }),
    firstSeenTime: timestampFromMs(letter.firstSeenMs),
    attempts: letter.attempts,
    ...(letter.nextAttemptMs !== undefined && { nextAttemptTime: timestampFromMs(letter.nextAttemptMs) }),
    ...(observation !== undefined && { observation: tellable(observation) }),
    causes: letter.causes.map(({ reason, message, atOffset }) => ({ reason, message, atOffset: BigInt(atOffset) })),
  });
}

/** An id as a message. */
export function letterIdMessage({ partition, offset, row }: DeadLetterId): IdMessage {
  return create(DeadLetterIdSchema, { partition, offset: BigInt(offset), row });
}

/** A count as a message. */
export function countMessage({ reason, state, count, oldestSeenMs, newestSeenMs }: DeadLetterCount): CountMessage {
  return create(DeadLetterCountSchema, {
    reason,
    state: stateMessage(state),
    count: BigInt(count),
    oldestSeenTime: timestampFromMs(oldestSeenMs),
    newestSeenTime: timestampFromMs(newestSeenMs),
  });
}
