import { create } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';

/**
 * An observation out of an object as JSON or Avro give it: fields by their name in the schema or its camel case. A field
 * that is none of its kind becomes a value that validation refuses, so that the dead letter names it; others are ignored.
 */
export function plainObservation(plain: unknown): Observation {
  const fields = typeof plain === 'object' && plain !== null ? (plain as Readonly<Record<string, unknown>>) : {};
  const field = (name: string) => fields[name] ?? fields[camelCase(name)] ?? undefined;
  const observeTime = timeOf(field('observe_time'));
  const value = (name: string) => numberOf(field(name));
  const [temperatureCelsius, relativeHumidityPercent, windSpeedMps] = [
    value('temperature_celsius'),
    value('relative_humidity_percent'),
    value('wind_speed_mps'),
  ];
  return create(ObservationSchema, {
    cityId: textOf(field('city_id')),
    sensorId: textOf(field('sensor_id')),
    ...(observeTime && { observeTime }),
    ...(temperatureCelsius !== undefined && { temperatureCelsius }),
    ...(relativeHumidityPercent !== undefined && { relativeHumidityPercent }),
    ...(windSpeedMps !== undefined && { windSpeedMps }),
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** NaN is a measurement that nobody can have made. */
function numberOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' ? value : Number.NaN;
}

/** Milliseconds since the epoch as a number, or RFC 3339 with a zone. */
function timeOf(value: unknown): Timestamp | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? timestampFromMs(value) : undefined;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value)) {
    return undefined;
  }
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : create(TimestampSchema, timestampFromMs(ms));
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
