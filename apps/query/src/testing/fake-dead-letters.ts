import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AnalyticsStore, DeadLetterCount, DeadLetterFilter, StoredDeadLetter } from '@isotherm/analytics';
import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { compareLetterIds, letterIdText } from '../dead-letters/letter-id.ts';
import { NOW_MS } from './test-platform.ts';

/** Incarnation of the log that the letters came in. */
export const INCARNATION = '0123456789abcdef';

/** Letters in memory. */
export interface FakeDeadLetters extends Pick<AnalyticsStore, 'deadLetters' | 'countDeadLetters' | 'purgeDeadLetters'> {
  letters: StoredDeadLetter[];
  /** Queries so far. */
  readonly limits: number[];
  /** While set, every call fails with it. */
  failure: Error | undefined;
}

/** Creates one without letters. */
export function createFakeDeadLetters(): FakeDeadLetters {
  const fake: FakeDeadLetters = {
    letters: [],
    limits: [],
    failure: undefined,
    async deadLetters({ filter, limit, after }) {
      if (fake.failure !== undefined) throw fake.failure;
      fake.limits.push(limit);
      return fake.letters
        .filter((letter) => matches(letter, filter))
        .filter((letter) => after === undefined || compareLetterIds(letter, after) > 0)
        .sort(compareLetterIds)
        .slice(0, limit);
    },
    async countDeadLetters(filter) {
      if (fake.failure !== undefined) throw fake.failure;
      const counts = new Map<string, DeadLetterCount>();
      for (const letter of fake.letters.filter((found) => matches(found, filter))) {
        const { reason, state, firstSeenMs } = letter;
        const before = counts.get(`${reason} ${state}`);
        counts.set(`${reason} ${state}`, {
          reason,
          state,
          count: (before?.count ?? 0) + 1,
          oldestSeenMs: Math.min(before?.oldestSeenMs ?? firstSeenMs, firstSeenMs),
          newestSeenMs: Math.max(before?.newestSeenMs ?? firstSeenMs, firstSeenMs),
        });
      }
      return [...counts.values()].sort((a, b) => a.reason - b.reason);
    },
    async purgeDeadLetters(_origin, ids) {
      const gone = new Set(ids.map(letterIdText));
      const left = fake.letters.filter((letter) => !gone.has(letterIdText(letter)));
      const purged = fake.letters.length - left.length;
      fake.letters = left;
      return purged;
    },
  };
  return fake;
}

function matches(letter: StoredDeadLetter, filter: DeadLetterFilter): boolean {
  const { reasons, cityId, states, tenant, producerId, observedFromMs, seenFromMs, dueAtMs, ids } = filter;
  return (
    (reasons === undefined || reasons.includes(letter.reason)) &&
    (cityId === undefined || letter.cityId === cityId) &&
    (states === undefined || states.includes(letter.state)) &&
    (tenant === undefined || letter.tenant === tenant) &&
    (producerId === undefined || letter.producerId === producerId) &&
    (observedFromMs === undefined || (letter.observedMs ?? 0) >= observedFromMs) &&
    (seenFromMs === undefined || letter.firstSeenMs >= seenFromMs) &&
    (dueAtMs === undefined || (letter.nextAttemptMs ?? Number.POSITIVE_INFINITY) <= dueAtMs) &&
    (ids === undefined || ids.some((id) => compareLetterIds(id, letter) === 0))
  );
}

/** A late reading of a city, parked. */
export function lateLetter(
  id: readonly [partition: number, offset: number, row: number],
  overrides: Partial<StoredDeadLetter> = {},
): StoredDeadLetter {
  const [partition, offset, row] = id;
  const { cityId = 'somewhere', observedMs = NOW_MS - 7_200_000 } = overrides;
  const observation = create(ObservationSchema, {
    cityId,
    observeTime: timestampFromMs(observedMs),
    temperatureCelsius: offset,
  });
  const message = 'Its minute was sealed when it arrived.';
  return {
    partition,
    offset,
    row,
    incarnation: INCARNATION,
    reason: DeadLetterReason.LATE,
    message,
    cityId,
    tenant: 'stations',
    producerId: 'station-1',
    observedMs,
    firstSeenMs: NOW_MS - 60_000,
    observation: toBinary(ObservationSchema, observation),
    state: 'parked',
    attempts: 0,
    nextAttemptMs: undefined,
    causes: [{ reason: DeadLetterReason.LATE, message, atOffset: offset }],
    ...overrides,
  };
}
