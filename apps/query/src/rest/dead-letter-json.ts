import {
  type CountDeadLettersResponse,
  type DeadLetter,
  type DeadLetterId,
  DeadLetterReasonSchema,
  DeadLetterStateSchema,
  type ListDeadLettersResponse,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { enumWord } from '@isotherm/enum-words';
import { instant, rounded } from './json-answers.ts';

/** A page of letters as JSON. */
export function deadLettersJson({ deadLetters, nextPageToken }: ListDeadLettersResponse) {
  return { dead_letters: deadLetters.map(letterJson), next_page_token: nextPageToken === '' ? null : nextPageToken };
}

/** Counts as JSON. */
export function deadLetterCountsJson({ counts }: CountDeadLettersResponse) {
  return {
    counts: counts.map(({ reason, state, count, oldestSeenTime, newestSeenTime }) => ({
      reason: enumWord(DeadLetterReasonSchema, reason),
      state: enumWord(DeadLetterStateSchema, state),
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
    state: enumWord(DeadLetterStateSchema, letter.state),
    reason: enumWord(DeadLetterReasonSchema, letter.reason),
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
      reason: enumWord(DeadLetterReasonSchema, reason),
      message,
      at_offset: Number(atOffset),
    })),
  };
}

function idText(id: DeadLetterId | undefined): string {
  return id === undefined ? '' : `${id.partition}/${id.offset}/${id.row}`;
}
