import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetter } from '@isotherm/analytics';
import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import type { Exception } from '@isotherm/domain';
import type { LogRecord, ObservationsRecord } from '@isotherm/records';
import {
  cityIdOfRow,
  observedMsOfRow,
  producerIdOfSlice,
  rowsOfSlice,
  sensorIdOfRow,
  tenantOfSlice,
  valueOfRow,
} from './record-rows.ts';

/** A record, if it could be read, and what is wrong with it. */
export interface DeadLetterSource {
  readonly partition: number;
  readonly offset: number;
  /** When it was appended, by the log; 0 where that is lost. */
  readonly appendMs: number;
  /** Undefined where the record is damaged. */
  readonly record: LogRecord | undefined;
  /** The record's bytes, where they are left. */
  readonly bytes: Uint8Array | undefined;
  readonly exceptions: readonly Exception[];
}

/** Exceptions that make letters of rows that were accepted on arrival. */
export type LetterFailureKind = Exclude<Exception['kind'], 'duplicate' | 'rejected' | 'replay' | 'replayed'>;

const REASONS: Readonly<Record<LetterFailureKind, DeadLetterReason>> = {
  late: DeadLetterReason.LATE,
  sequenceConflict: DeadLetterReason.SEQUENCE_CONFLICT,
  batchExpired: DeadLetterReason.BATCH_EXPIRED,
  tooManyCities: DeadLetterReason.TOO_MANY_CITIES,
  stateFull: DeadLetterReason.STATE_FULL,
  poison: DeadLetterReason.POISON,
};

const SENTENCES: Readonly<Record<LetterFailureKind, string>> = {
  late: 'Its minute was sealed when it was applied. Replay it: up to 26 hours behind the newest hour of its city it is added to its minute.',
  sequenceConflict: 'Its sequence was used before with other content. Give every batch a sequence of its own.',
  batchExpired: 'Its batch was made more than one hour before it arrived. Send it as a new batch.',
  tooManyCities: 'The partition holds as many cities as it may. Remove cities or raise maxCitiesPerPartition.',
  stateFull:
    'Its tenant takes as much of the partition as it may: four times of what is left of maxStateBytesPerPartition. Send fewer cities, or remove some.',
  poison: 'Its record could not be applied.',
};

/**
 * Why a row that was replayed is late again. The allowed lateness is fixed when a log is made: what helps readings to come
 * does not help this one.
 */
const LATE_AGAIN =
  'Its minute is more than 26 hours behind the newest hour of its city, too far to be made anew. Purge it. A log made with a longer allowed lateness (up to 2 h) keeps minutes open for late readings to come.';

/** Why the replay of a letter failed. */
export function replayFailureOf(
  kind: LetterFailureKind,
  detail: string,
): { readonly reason: DeadLetterReason; readonly message: string } {
  return kind === 'late' ? { reason: DeadLetterReason.LATE, message: LATE_AGAIN } : failureOf(kind, detail);
}

/** Why a row is a dead letter: its reason, and a sentence for people. @param detail what the exception adds; empty: nothing. */
function failureOf(
  kind: LetterFailureKind,
  detail: string,
): { readonly reason: DeadLetterReason; readonly message: string } {
  return { reason: REASONS[kind], message: detail === '' ? SENTENCES[kind] : `${SENTENCES[kind]} ${detail}` };
}

/** The dead letters of a record that is no replay; a duplicate is none. Row numbers: accepted rows first, then the rejected ones. */
export function deadLettersOf(source: DeadLetterSource): DeadLetter[] {
  const { record } = source;
  if (record?.kind !== 'observations') return [damagedRecord(source)];
  return source.exceptions.flatMap((exception) => lettersOf(source, record, exception));
}

function lettersOf(source: DeadLetterSource, record: ObservationsRecord, exception: Exception): DeadLetter[] {
  const { kind, slice, row, message } = exception;
  if (kind === 'duplicate' || kind === 'replay' || kind === 'replayed') return [];
  if (kind === 'rejected') return rejectedLetters(source, record);
  const [from, to] = row >= 0 ? [row, row + 1] : slice >= 0 ? rowsOfSlice(record, slice) : [0, record.rowCount];
  const letters: DeadLetter[] = [];
  for (let r = from; r < to; r++) letters.push(letterOfRow(source, record, r, failureOf(kind, message)));
  return kind === 'poison' ? [...letters, ...rejectedLetters(source, record)] : letters;
}

function letterOfRow(
  { partition, offset, appendMs }: DeadLetterSource,
  record: ObservationsRecord,
  row: number,
  why: { readonly reason: DeadLetterReason; readonly message: string },
): DeadLetter {
  const observation = observationOfRow(record, row);
  const slice = sliceOfRow(record, row);
  return {
    ...why,
    partition,
    offset,
    row,
    cityId: observation.cityId,
    tenant: tenantOfSlice(record, slice),
    producerId: producerIdOfSlice(record, slice),
    observedMs: observedMsOfRow(record, row),
    firstSeenMs: appendMs,
    observation: toBinary(ObservationSchema, observation),
  };
}

/** Rejected rows of a duplicate slice are letters already, of its first arrival. */
function rejectedLetters(
  { partition, offset, appendMs, exceptions }: DeadLetterSource,
  record: ObservationsRecord,
): DeadLetter[] {
  const duplicates = new Set(exceptions.filter(({ kind }) => kind === 'duplicate').map(({ slice }) => slice));
  return record.rejectedRows.flatMap((rejected, index) => {
    if (duplicates.has(rejected.slice)) return [];
    const observation = fromBinary(ObservationSchema, rejected.observation);
    return {
      partition,
      offset,
      row: record.rowCount + index,
      reason: rejected.reason,
      message: rejected.message,
      cityId: observation.cityId,
      tenant: tenantOfSlice(record, rejected.slice),
      producerId: producerIdOfSlice(record, rejected.slice),
      observedMs: observation.observeTime === undefined ? undefined : timestampMs(observation.observeTime),
      firstSeenMs: appendMs,
      observation: rejected.observation,
    };
  });
}

function damagedRecord({ partition, offset, appendMs, bytes, exceptions }: DeadLetterSource): DeadLetter {
  return {
    partition,
    offset,
    row: 0,
    reason: DeadLetterReason.POISON,
    message: exceptions[0]?.message ?? SENTENCES.poison,
    cityId: '',
    tenant: '',
    producerId: '',
    observedMs: undefined,
    firstSeenMs: appendMs,
    observation: bytes === undefined ? new Uint8Array() : new Uint8Array(bytes),
  };
}

function observationOfRow(record: ObservationsRecord, row: number): Observation {
  const observation = create(ObservationSchema, {
    cityId: cityIdOfRow(record, row),
    sensorId: sensorIdOfRow(record, row),
    observeTime: timestampFromMs(observedMsOfRow(record, row)),
  });
  const temperature = valueOfRow(record.temperature, row);
  const humidity = valueOfRow(record.humidity, row);
  const wind = valueOfRow(record.wind, row);
  if (!Number.isNaN(temperature)) observation.temperatureCelsius = temperature;
  if (!Number.isNaN(humidity)) observation.relativeHumidityPercent = humidity;
  if (!Number.isNaN(wind)) observation.windSpeedMps = wind;
  return observation;
}

function sliceOfRow(record: ObservationsRecord, row: number): number {
  let slice = 0;
  // Nothing lies after the last slice.
  while (row >= record.slices.rowEnd[slice]!) slice++;
  return slice;
}
