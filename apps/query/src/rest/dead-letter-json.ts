import {
  type CountDeadLettersResponse,
  type DeadLetter,
  type DeadLetterId,
  DeadLetterState,
  type ListDeadLettersResponse,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { instant, rounded } from './json-answers.ts';

/** Words for a state in URLs. */
export const STATE_WORDS = {
  waiting: DeadLetterState.WAITING,
  parked: DeadLetterState.PARKED,
  replayed: DeadLetterState.REPLAYED,
} as const;

/** Words for a reason in URLs: `late`, `time_in_future` … */
export const REASON_WORDS: Readonly<Record<string, RejectReason>> = Object.fromEntries(
  Object.values(RejectReason).flatMap((reason) =>
    typeof reason === 'number' && reason !== RejectReason.UNSPECIFIED ? [[reasonWord(reason), reason]] : [],
  ),
);

/** A page of letters as JSON. */
export function deadLettersJson({ letters, nextPageToken }: ListDeadLettersResponse) {
  return { letters: letters.map(letterJson), next_page_token: nextPageToken === '' ? null : nextPageToken };
}

/** Counts as JSON. */
export function deadLetterCountsJson({ counts }: CountDeadLettersResponse) {
  return {
    counts: counts.map(({ reason, state, count, oldestSeenTime, newestSeenTime }) => ({
      reason: reasonWord(reason),
      state: DeadLetterState[state].toLowerCase(),
      count: Number(count),
      oldest_seen_time: instant(oldestSeenTime),
      newest_seen_time: instant(newestSeenTime),
    })),
  };
}

function letterJson(letter: DeadLetter) {
  const { observation } = letter;
  return {
    id: idText(letter.id),
    state: DeadLetterState[letter.state].toLowerCase(),
    reason: reasonWord(letter.reason),
    message: letter.message,
    city_id: letter.cityId,
    tenant: letter.tenant,
    producer_id: letter.producerId,
    observe_time: instant(letter.observeTime),
    first_seen_time: instant(letter.firstSeenTime),
    attempts: letter.attempts,
    next_attempt_time: instant(letter.nextAttemptTime),
    observation:
      observation === undefined
        ? null
        : {
            sensor_id: observation.sensorId,
            temperature_celsius: rounded(observation.temperatureCelsius, 6),
            relative_humidity_percent: rounded(observation.relativeHumidityPercent, 6),
            wind_speed_mps: rounded(observation.windSpeedMps, 6),
          },
    causes: letter.causes.map(({ reason, message, atOffset }) => ({
      reason: reasonWord(reason),
      message,
      at_offset: Number(atOffset),
    })),
  };
}

function idText(id: DeadLetterId | undefined): string {
  return id === undefined ? '' : `${id.partition}/${id.offset}/${id.row}`;
}

function reasonWord(reason: RejectReason): string {
  return (RejectReason[reason] ?? 'UNSPECIFIED').toLowerCase();
}
