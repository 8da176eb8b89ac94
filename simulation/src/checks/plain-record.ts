import { fromBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import {
  CITY_STRING_BIT,
  type LogRecord,
  MISSING_CENTI,
  NO_PRODUCER,
  type ObservationsRecord,
  type ValueColumn,
} from '@isotherm/records';
import type { ReferenceProducer, ReferenceRecord, ReferenceRow } from '@isotherm/testkit';

/** A row as plain text, for comparison with what was sent and with raw rows. */
export interface PlainRow {
  /** As raw rows are written down: city, time, temperature, humidity, wind. */
  readonly raw: string;
  /** With the sensor. */
  readonly sent: string;
}

/** A record of the log in plain values. */
export interface PlainRecord {
  readonly reference: ReferenceRecord;
  /** Rows as they were sent, rejected ones included, sorted; by slice. */
  readonly slices: readonly { readonly producer: ReferenceProducer | undefined; readonly rows: readonly string[] }[];
  /** Accepted rows by slice. */
  readonly accepted: readonly (readonly PlainRow[])[];
  readonly rejected: readonly { readonly slice: number; readonly reason: number; readonly sent: string }[];
  /** The letters of a replay, those of accepted rows first. */
  readonly letters: readonly PlainLetter[] | undefined;
  /** A record that can be read, but not applied: every row of it is a dead letter. */
  readonly poison: boolean;
}

/** The value of a row that no state takes, as a faulty ingest might write it. */
export const IMPOSSIBLE_CELSIUS = 20_000;

/** A record that cannot be read at all: one dead letter, and nothing else. */
export const DAMAGED: PlainRecord = {
  reference: { kind: 'tick', appendMs: 0 },
  slices: [],
  accepted: [],
  rejected: [],
  letters: undefined,
  poison: true,
};

/** A letter that a replay brings back. */
export interface PlainLetter {
  readonly offset: number;
  readonly row: number;
  readonly attempt: number;
}

/** Takes a record apart. */
export function plainRecord(
  record: LogRecord,
  appendMs: number,
  observationOf: (bytes: Uint8Array) => string,
): PlainRecord {
  if (record.kind !== 'observations') {
    return {
      reference: { kind: 'tick', appendMs },
      slices: [],
      accepted: [],
      rejected: [],
      letters: undefined,
      poison: false,
    };
  }
  const slices: { producer: ReferenceProducer | undefined; rows: string[] }[] = [];
  const accepted: PlainRow[][] = [];
  const references: ReferenceRow[][] = [];
  let row = 0;
  for (let s = 0; s < record.slices.count; s++) {
    const index = record.slices.producer[s]!;
    const producer = index === NO_PRODUCER ? undefined : record.producers[index]!;
    const rejected = record.rejectedRows
      .filter(({ slice }) => slice === s)
      .map(({ observation }) => observationOf(observation));
    accepted.push([]);
    references.push([]);
    for (; row < record.slices.rowEnd[s]!; row++) {
      const ref = record.cityRef[row]!;
      const cityId = ref < CITY_STRING_BIT ? String(ref) : record.cityStrings[ref - CITY_STRING_BIT]!;
      const observedMs = record.baseMs + record.observedOffsetMs[row]!;
      const [temperature, humidity, wind] = [record.temperature, record.humidity, record.wind].map((c) =>
        valueAt(c, row),
      );
      const values = [temperature ?? null, humidity ?? null, wind ?? null];
      const sensorIndex = record.sensor?.[row] ?? 0;
      const sensor = sensorIndex === 0 ? '' : record.sensorStrings[sensorIndex - 1]!;
      accepted[s]!.push({
        raw: JSON.stringify([cityId, observedMs, ...values]),
        sent: JSON.stringify([cityId, observedMs, ...values, sensor]),
      });
      references[s]!.push({ cityId, observedMs, temperature, humidity, wind });
    }
    slices.push({
      producer:
        producer === undefined
          ? undefined
          : { ...producer, sequence: record.slices.sequence[s]!, createdAtMs: record.slices.createdAtMs[s]! },
      rows: [...accepted[s]!.map(({ sent }) => sent), ...rejected].sort(),
    });
  }
  const letters = lettersOf(record);
  const poison = references.flat().some(({ temperature }) => temperature === IMPOSSIBLE_CELSIUS);
  return {
    poison,
    slices,
    accepted,
    letters,
    rejected: record.rejectedRows.map(({ slice, reason, observation }) => ({
      slice,
      reason,
      sent: observationOf(observation),
    })),
    reference: {
      // What a state cannot apply does not move its log time either.
      kind: poison ? 'tick' : 'observations',
      appendMs: poison ? 0 : appendMs,
      ...(letters === undefined ? {} : { replay: letters.map(({ offset, row }) => ({ offset, row })) }),
      slices: slices.map(({ producer }, s) => ({
        tenant: record.tenants[record.slices.tenant[s]!],
        ...(producer === undefined ? {} : { producer }),
        rows: references[s]!,
        rejected: record.rejectedRows
          .filter(({ slice }) => slice === s)
          .map(({ observation }) => JSON.stringify(JSON.parse(observationOf(observation)).slice(0, 5))),
      })),
    },
  };
}

function lettersOf({ replay }: ObservationsRecord): PlainLetter[] | undefined {
  if (replay === undefined) return undefined;
  return Array.from(replay.offset, (offset, i) => ({ offset, row: replay.row[i]!, attempt: replay.attempt[i]! }));
}

function valueAt(column: ValueColumn, row: number): number | undefined {
  const value = column.values[row]!;
  if (column.kind === 'centi') return value === MISSING_CENTI ? undefined : value / 100;
  return Number.isNaN(value) ? undefined : value;
}

/** A rejected row's observation as text, like {@link PlainRow.sent}. */
export function observationAsSent(bytes: Uint8Array): string {
  const observation = fromBinary(ObservationSchema, bytes);
  return JSON.stringify([
    observation.cityId,
    observation.observeTime === undefined ? null : timestampMs(observation.observeTime),
    observation.temperatureCelsius ?? null,
    observation.relativeHumidityPercent ?? null,
    observation.windSpeedMps ?? null,
    observation.sensorId,
  ]);
}
